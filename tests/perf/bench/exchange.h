// SPDX-License-Identifier: BSD-2-Clause
// Packets between the traffic and what is measured: offered burst by burst, and what comes back is
// checked.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "tests/perf/bench/call_setup.h"
#include "tests/perf/bench/subject.h"
#include "tests/perf/bench/traffic.h"

namespace mediaplane::bench {

class Exchange {
 public:
  Exchange(Subject& subject, CallSetup& setup, Traffic& traffic)
      : subject_(subject), setup_(setup), traffic_(traffic) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // A packet that goes with the others of its burst.
  void offer(std::span<const std::byte> frame);
  // The burst goes, full or not.
  void flush();
  // Checks what has come out; `each` gets the cookie of each sound packet.
  template <typename Each>
  void collect(Each each) {
    std::array<rte_mbuf*, kBurst> mbufs;
    while (const auto count = subject_.take(mbufs)) {
      for (std::uint32_t i = 0; i < count; ++i) {
        const std::span frame(rte_pktmbuf_mtod(mbufs[i], const std::byte*), mbufs[i]->data_len);
        if (const auto cookie = traffic_.check(frame)) each(*cookie);
      }
      rte_pktmbuf_free_bulk(mbufs.data(), count);
    }
  }
  void collect() {
    collect([](const Cookie&) {});
  }
  // What is offered goes, what has to be done is done, what has come is checked.
  void turn();
  // Turns until everything has come out, or nothing comes any more.
  void settle();
  // What is missing now will not come.
  void write_off() { written_off_ = traffic_.missing(); }
  // Sends packets of a flow until one comes out, which takes a while where neighbours have to be
  // found first; what has been sent so far counts for nothing. False if none comes.
  bool finds_way(std::uint32_t flow);
  // Every party of these sessions sends until its source is locked.
  void teach(std::uint32_t first_session, std::uint32_t sessions);
  // Keeps so many packets under way, for one turn.
  void fill(std::uint32_t in_flight);

  // Packets for which there was no room: lost, as in a NIC whose queue is full.
  std::uint64_t refused() const { return refused_; }
  std::uint64_t under_way() const {
    return traffic_.missing() - std::min(traffic_.missing(), written_off_);
  }

 private:
  Subject& subject_;
  CallSetup& setup_;
  Traffic& traffic_;
  std::uint32_t count_ = 0;
  std::array<rte_mbuf*, kBurst> burst_;
  std::uint64_t refused_ = 0;
  std::uint64_t written_off_ = 0;  // Will not come any more.
};

}  // namespace mediaplane::bench
