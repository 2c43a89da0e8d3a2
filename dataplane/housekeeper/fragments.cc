// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/fragments.h"

#include <array>

#include <rte_mbuf.h>
#include <sys/random.h>

#include "dataplane/housekeeper/fragmentation.h"

namespace mediaplane {
namespace {

// A datagram of the longest that any port takes, or that we put together, at the least MTU.
constexpr std::size_t kMaxPieces = 32;

std::span<const std::byte> frame_of(const rte_mbuf& mbuf) {
  return {rte_pktmbuf_mtod(&mbuf, const std::byte*), mbuf.data_len};
}

// What lies behind the UDP datagram is cut off. Empty if UDP says nonsense.
std::span<const std::byte> datagram_in(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(UdpHeader)) return {};
  const auto length = load<UdpHeader>(bytes.data()).length.host();
  if (length < sizeof(UdpHeader) || length > bytes.size()) return {};
  return bytes.first(length);
}

}  // namespace

bool Fragments::take(const Punt& punt, Tick now) {
  const auto fragment = read_fragment(frame_of(*punt.mbuf));
  if (!fragment) return false;
  const auto whole = reassembly_.take(*fragment, now);
  rte_pktmbuf_free(punt.mbuf);
  if (whole) hand_in(*whole, punt);
  return true;
}

void Fragments::hand_in(const WholeDatagram& whole, const Punt& punt) {
  auto datagram = whole;
  datagram.bytes = datagram_in(whole.bytes);
  const auto room = kUdpBegin + datagram.bytes.size();
  auto* pool =
      room <= rte_pktmbuf_data_room_size(means_.packets) ? means_.packets : means_.datagrams;
  auto* mbuf = datagram.bytes.empty() ? nullptr : rte_pktmbuf_alloc(pool);
  if (mbuf == nullptr) {
    outbox_.count_generated();
    outbox_.count_dropped(datagram.bytes.empty() ? Verdict::kBadUdpLength : Verdict::kNoBuffer);
    return;
  }
  mbuf->port = punt.ethdev;
  write_whole_frame(*mbuf, datagram, ports_[punt.ethdev].mac);
  outbox_.hand_in(mbuf, punt.ethdev, means_.choose(*mbuf, punt.ethdev, punt.worker));
}

// Whoever can guess the number of a datagram can send fragments that overlap with it (RFC 7739). In
// 16 bits it is more that none returns soon (RFC 6864).
std::uint32_t Fragments::next_id6() {
  if (random_left_ == 0) {
    random_left_ = random_.size();
    // Never short of what so few bytes need; numbers in a row are better than none.
    if (getrandom(random_.data(), sizeof random_, GRND_NONBLOCK) != sizeof random_) {
      for (auto& number : random_) number = ++id4_;
    }
  }
  return random_[--random_left_];
}

std::uint16_t Fragments::next_id4() {
  if (id4_ == 0) id4_ = next_id6();
  return static_cast<std::uint16_t>(++id4_);
}

void Fragments::split(const Punt& punt, Tick now) {
  const auto frame = frame_of(*punt.mbuf);
  const bool is_ipv4 = load<EthernetHeader>(frame.data()).ether_type == be16(kEtherTypeIpv4);
  const Fragmentation cut(frame, ports_[punt.ethdev].mtu, is_ipv4 ? next_id4() : next_id6());
  std::array<rte_mbuf*, kMaxPieces> pieces;
  const auto count = static_cast<unsigned>(cut.count());
  if (count > kMaxPieces) return outbox_.drop(punt.mbuf, Verdict::kTooBig);
  if (rte_pktmbuf_alloc_bulk(means_.packets, pieces.data(), count) != 0) {
    return outbox_.drop(punt.mbuf, Verdict::kNoBuffer);
  }
  for (unsigned i = 0; i < count; ++i) {
    Outbox::set_length(*pieces[i], cut.write(i, Outbox::frame_of(*pieces[i])));
    outbox_.count_generated();
    neighbours_.hold(punt.neighbour, pieces[i], now);
  }
  outbox_.consume(punt.mbuf);
}

}  // namespace mediaplane
