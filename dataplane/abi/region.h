// SPDX-License-Identifier: BSD-2-Clause
// The region: memory that the data plane owns and writes, and the control plane maps read-only. It
// lives as long as the data plane.
//
//   RegionHeader | LcoreTotals[lcores] | FlowStatistics[flows] | LearnedEndpoint[flows] |
//   CallRecord[sessions] | RecordBlock[blocks]
//
// Every part begins on a cache line at the offset that the header gives. Who writes what: the
// header and the call records the housekeeper, an lcore's totals that lcore, a flow's statistics
// the worker that receives its accepted source, learned endpoints the housekeeper.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "dataplane/abi/ids.h"
#include "dataplane/abi/session.h"
#include "dataplane/net/address.h"
#include "dataplane/net/tick.h"

namespace mediaplane::abi {

inline constexpr std::uint64_t kMagic = 0x656e616c70616d31;  // "1maplane"
inline constexpr std::uint32_t kVersion = 3;

inline constexpr std::uint32_t kMaxWorkers = 63;
inline constexpr std::uint32_t kMaxVerdicts = 64;
inline constexpr std::uint32_t kNoBlock = 0xffffffff;

template <typename T>
using Counter = std::atomic<T>;  // One writer: it loads and stores relaxed, never adds atomically.
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

template <typename T>
void add(Counter<T>& counter, T amount) {
  counter.store(static_cast<T>(counter.load(std::memory_order_relaxed) + amount),
                std::memory_order_relaxed);
}

// What one lcore has done: the workers in order, then the housekeeper.
struct alignas(64) LcoreTotals {
  Counter<std::uint64_t> received{0};     // Packets taken from receive queues.
  Counter<std::uint64_t> transmitted{0};  // Packets accepted by transmit queues.
  Counter<std::uint64_t> received_bytes{0};
  Counter<std::uint64_t> transmitted_bytes{0};
  Counter<std::uint64_t> generated{0};    // Packets made here: ARP, echo replies, ...
  Counter<std::uint64_t> consumed{0};     // Packets that ended here: ARP and echo requests, ...
  Counter<std::uint64_t> events_lost{0};  // Learning events that met a full ring.
  Counter<std::uint64_t> polls{0};        // Rounds of the loop.
  Counter<std::uint64_t> busy_polls{0};   // Rounds that had packets.
  Counter<std::uint64_t> sleeps{0};       // Times the idle worker slept.
  Counter<std::uint64_t> copied{0};       // Packets copied for the recorder.
  Counter<std::uint64_t> copies_lost{0};  // Copies that met a full ring, or no recorder.
  // Packets by verdict, indexed by the data plane's Verdict.
  std::array<Counter<std::uint64_t>, kMaxVerdicts> verdicts{};
};

// What the accepted source of a flow has sent. Losses and jitter are measured as in RFC 3550
// appendix A, for the present SSRC; `lost_before` carries over what former ones had lost.
struct alignas(64) FlowStatistics {
  Counter<std::uint64_t> packets{0};  // Accepted, whether they could be sent on or not.
  Counter<std::uint64_t> bytes{0};    // UDP payload of those.
  Counter<std::uint64_t> window{0};   // Which of the last 64 sequence numbers came.
  Counter<Tick> last_tick{0};         // Of the last accepted packet.
  Counter<std::uint32_t> dropped{0};  // Accepted, but not sent on.
  Counter<std::uint32_t> ssrc{0};
  Counter<std::uint32_t> base_sequence{0};     // First of the SSRC.
  Counter<std::uint32_t> highest_sequence{0};  // Extended: cycles * 65536 + sequence number.
  Counter<std::uint32_t> rtp_packets{0};       // Of the SSRC, without duplicates; 0 = no RTP seen.
  Counter<std::uint32_t> duplicates{0};        // Of all SSRCs.
  Counter<std::uint32_t> lost_before{0};       // Under former SSRCs.
  Counter<std::uint32_t> transit{0};           // RFC 3550 A.8, timestamp units.
  Counter<std::uint32_t> jitter{0};            // RFC 3550 A.8, timestamp units times 16.

  // For another flow; whoever still counts for the former one does no harm.
  void reset();
};
static_assert(sizeof(FlowStatistics) == 64);

inline void FlowStatistics::reset() {
  for (auto* counter : {&packets, &bytes, &window}) counter->store(0, std::memory_order_relaxed);
  for (auto* counter : {&last_tick, &dropped, &ssrc, &base_sequence, &highest_sequence,
                        &rtp_packets, &duplicates, &lost_before, &transit, &jitter}) {
    counter->store(0, std::memory_order_relaxed);
  }
}

// RTP packets that did not come, of all SSRCs so far (RFC 3550 A.3).
inline std::uint32_t packets_lost(const FlowStatistics& statistics) {
  const auto value = [](const auto& counter) { return counter.load(std::memory_order_relaxed); };
  const auto received = value(statistics.rtp_packets);
  const auto before = value(statistics.lost_before);
  if (received == 0) return before;
  const auto expected = value(statistics.highest_sequence) - value(statistics.base_sequence) + 1;
  return before + (expected > received ? expected - received : 0);
}

// A value of a few words that one thread writes while others read: a sequence lock without data
// races. An odd version means that a write is going on.
template <typename T>
class SequenceLocked {
  static_assert(sizeof(T) % 4 == 0 && std::is_trivially_copyable_v<T>);
  using Words = std::array<std::uint32_t, sizeof(T) / 4>;

 public:
  void write(const T& value) {
    const auto words = std::bit_cast<Words>(value);
    const auto version = version_.load(std::memory_order_relaxed);
    version_.store(version + 1, std::memory_order_relaxed);
    // Whoever sees one of these words also sees the odd version: no fence, which ThreadSanitizer
    // does not know.
    for (std::size_t i = 0; i < words.size(); ++i) {
      words_[i].store(words[i], std::memory_order_release);
    }
    version_.store(version + 2, std::memory_order_release);
  }

  // The last whole value, or what `fallback` says if the writer keeps being in the way (or died).
  T read(const T& fallback) const {
    for (int attempt = 0; attempt < 100; ++attempt) {
      const auto before = version_.load(std::memory_order_acquire);
      Words words;
      for (std::size_t i = 0; i < words.size(); ++i) {
        words[i] = words_[i].load(std::memory_order_acquire);
      }
      if (before % 2 == 0 && version_.load(std::memory_order_relaxed) == before) {
        return std::bit_cast<T>(words);
      }
    }
    return fallback;
  }

 private:
  std::atomic<std::uint32_t> version_{0};
  std::array<std::atomic<std::uint32_t>, sizeof(T) / 4> words_{};
};

// The remote endpoint that a flow's packets are accepted from; unset = nobody is taken.
using LearnedEndpoint = SequenceLocked<Endpoint>;
static_assert(sizeof(LearnedEndpoint) == 24);

// The call record of one session: the Session, then its identifiers, which continue in a chain of
// blocks where they are long. Changed only by a command and when an attachment ends, so whoever has
// no command in flight reads it in peace. An odd version means that a write is going on.
struct alignas(64) CallRecord {
  static constexpr std::size_t kInlineBytes = 80;

  Session session;  // session.id.generation == 0: no such session.
  std::uint32_t first_block = kNoBlock;
  std::atomic<std::uint32_t> version{0};
  std::array<std::byte, kInlineBytes> identifiers{};
};
static_assert(sizeof(CallRecord) == 256);

struct alignas(64) RecordBlock {
  static constexpr std::size_t kBytes = 248;

  std::uint32_t next = kNoBlock;
  std::uint32_t reserved = 0;
  std::array<std::byte, kBytes> bytes{};
};
static_assert(sizeof(RecordBlock) == 256);

// What the region is and where its parts lie. Written once, before anybody maps it.
struct RegionLayout {
  std::uint64_t magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t header_size = 0;
  std::uint32_t lcore_totals_size = 0;
  std::uint32_t flow_statistics_size = 0;
  std::uint32_t learned_endpoint_size = 0;
  std::uint32_t call_record_size = 0;
  std::uint32_t record_block_size = 0;
  std::uint32_t slot_size = 0;

  std::uint32_t session_capacity = 0;
  std::uint32_t lcore_count = 0;
  std::uint32_t block_count = 0;
  std::uint32_t reserved = 0;
  std::uint64_t instance = 0;  // Random, new with every start of the data plane.
  std::uint64_t lcore_totals_offset = 0;
  std::uint64_t flow_statistics_offset = 0;
  std::uint64_t learned_endpoints_offset = 0;
  std::uint64_t call_records_offset = 0;
  std::uint64_t record_blocks_offset = 0;
  std::uint64_t size = 0;  // Of the whole region in bytes.
};

struct alignas(64) RegionHeader {
  RegionLayout layout;

  // The present tick, stored at least every few milliseconds: the heartbeat of the data plane.
  alignas(64) std::atomic<Tick> tick{0};
  std::atomic<std::uint32_t> heartbeat{0};  // Counts the housekeeper's rounds.
  // What the wall clock says when the data plane's clock is at 0, microseconds since 1970; brought
  // up to date every second.
  std::atomic<std::uint64_t> clock_start{0};
};

// The layout for these capacities, with all sizes and offsets filled in; `instance` is the
// caller's.
RegionLayout region_layout(std::uint32_t sessions, std::uint32_t lcores, std::uint32_t blocks);

// Blocks for the identifiers of `sessions` calls: one each beside the 80 bytes in the record, and
// never too few for one command of the greatest length.
constexpr std::uint32_t record_blocks_for(std::uint32_t sessions) { return sessions + 64; }

// The parts of a mapped region. The data plane uses it to write, the control plane through a
// `const Region`, to read.
class Region {
 public:
  // `base` holds a region of at least `size` bytes that is_compatible() has accepted.
  explicit Region(std::byte* base) : base_(base) {}

  RegionHeader& header() const { return *reinterpret_cast<RegionHeader*>(base_); }
  const RegionLayout& layout() const { return header().layout; }
  LcoreTotals& lcore_totals(std::uint32_t lcore) const {
    return part<LcoreTotals>(layout().lcore_totals_offset)[lcore];
  }
  FlowStatistics& flow_statistics(FlowIndex flow) const {
    return part<FlowStatistics>(layout().flow_statistics_offset)[flow];
  }
  LearnedEndpoint& learned_endpoint(FlowIndex flow) const {
    return part<LearnedEndpoint>(layout().learned_endpoints_offset)[flow];
  }
  CallRecord& call_record(std::uint32_t session) const {
    return part<CallRecord>(layout().call_records_offset)[session];
  }
  RecordBlock& record_block(std::uint32_t block) const {
    return part<RecordBlock>(layout().record_blocks_offset)[block];
  }

 private:
  template <typename T>
  T* part(std::uint64_t offset) const {
    return reinterpret_cast<T*>(base_ + offset);
  }

  std::byte* base_;
};

// True if a region of `mapped_size` bytes with this layout was laid out by a program that agrees
// with this one on the version and on the size of every structure.
bool is_compatible(const RegionLayout& layout, std::uint64_t mapped_size);

}  // namespace mediaplane::abi
