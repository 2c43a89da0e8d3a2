// SPDX-License-Identifier: BSD-2-Clause
// Fragments become datagrams again, within bounds that nobody can move.
//
// The bytes of a fragment are copied into a place for its datagram, so that no packet buffer waits
// for anything: all places are made at the start, and a flood of fragments takes no buffer from
// media. A fragment that waits for others counts as held in the books.
//
// Fragments that overlap end their datagram, and whatever else comes of it (RFC 5722; the same for
// IPv4); one that is the same once more does not. A datagram has as many bytes as the longest
// packet that prompts and recordings know, in at most 8 fragments, and 2 seconds. A new one pushes
// the oldest out of a full table, as real datagrams are complete within a moment; and the oldest of
// its own source where that has its share, so that one sender of fragments costs nobody but itself.
//
// (Why not DPDK's rte_ip_frag: it looks for no overlaps, keeps packet buffers for as long as
// anybody likes, knows no share of a source, and tells neither how many it holds nor why it drops.)
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "dataplane/abi/messages.h"
#include "dataplane/housekeeper/fragment.h"
#include "dataplane/housekeeper/outbox.h"
#include "dataplane/net/headers.h"
#include "dataplane/net/tick.h"
#include "dataplane/pipeline/spray_guard.h"

namespace mediaplane {

// A whole UDP datagram; the last fragment to come tells of the hops.
struct WholeDatagram {
  IpAddress source;
  IpAddress destination;
  MacAddress source_mac{};
  std::uint8_t hops = 0;
  std::span<const std::byte> bytes;  // UDP header and payload.
};

class Reassembly {
 public:
  static constexpr std::size_t kDatagrams = 512;
  static constexpr std::size_t kDatagramsOfSource = 32;  // An IPv4 host or an IPv6 /64.
  static constexpr std::size_t kMaxFragments = 8;
  static constexpr std::size_t kLongest = sizeof(UdpHeader) + abi::kMaxPacketPayload;
  static constexpr std::size_t kLeastBytes = 64;  // Of a fragment that is not the last.
  static constexpr Tick kPatience = 2 * kTicksPerSecond;

  // What is dropped or consumed is written into the books of `outbox`.
  explicit Reassembly(Outbox& outbox);

  // The fragment has been received; its bytes are not needed any more afterwards. Returns the
  // datagram that it completes, whose bytes stay until the next call.
  std::optional<WholeDatagram> take(const Fragment& fragment, Tick now);
  // Drops what waits for too long. To be called at each tick.
  void tick(Tick now);
  // Drops all that waits.
  void drop_held(Verdict verdict);

  std::uint64_t held() const { return held_; }
  std::size_t datagrams() const { return kDatagrams - free_.size(); }
  static constexpr std::size_t memory_bytes() {
    return kDatagrams * (kLongest + sizeof(Place) + 3 * sizeof(std::uint64_t));
  }

 private:
  using PlaceIndex = std::uint32_t;

  struct Piece {
    std::uint32_t begin;
    std::uint32_t end;
  };
  struct Place {
    IpAddress source;
    IpAddress destination;
    std::uint32_t id = 0;
    Tick begun = 0;
    std::uint32_t present = 0;          // Bytes.
    std::uint32_t length = 0;           // Of the datagram; 0 while the last fragment is missing.
    Verdict ended = Verdict::kForward;  // Why the datagram is lost, whatever else comes.
    std::uint8_t count = 0;
    std::array<Piece, kMaxFragments> pieces{};

    bool is_of(const Fragment& fragment) const;
    std::uint32_t end() const;  // Of the piece that ends last.
  };

  std::optional<PlaceIndex> find(const Fragment& fragment) const;
  PlaceIndex begin(const Fragment& fragment, Tick now);
  std::optional<PlaceIndex> who_has_to_go(SprayHost host) const;
  Verdict add(PlaceIndex index, const Fragment& fragment);
  Verdict objection(PlaceIndex index, const Fragment& fragment) const;
  void drop_pieces(PlaceIndex index, Verdict verdict);
  void release(PlaceIndex index);
  std::byte* bytes_of(PlaceIndex index) const { return bytes_.get() + index * kLongest; }

  Outbox& outbox_;
  std::vector<Place> places_{kDatagrams};
  // What is searched, side by side. Zero where a place is free.
  std::vector<std::uint32_t> tags_ = std::vector<std::uint32_t>(kDatagrams);
  std::vector<SprayHost> hosts_ = std::vector<SprayHost>(kDatagrams);
  std::vector<std::uint64_t> ages_ = std::vector<std::uint64_t>(kDatagrams);
  std::vector<PlaceIndex> free_;
  std::unique_ptr<std::byte[]> bytes_;
  std::uint64_t next_age_ = 1;
  std::uint64_t held_ = 0;
};

}  // namespace mediaplane
