// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/exchange.h"

#include <algorithm>
#include <chrono>

namespace mediaplane::bench {
namespace {

using std::chrono::steady_clock;

// Each party has to send five packets in order before its source is locked.
constexpr int kTeachingPackets = 8;

constexpr std::chrono::seconds kWayWithin{10};

}  // namespace

void Exchange::offer(std::span<const std::byte> frame) {
  auto* mbuf = rte_pktmbuf_alloc(subject_.pool());
  if (mbuf == nullptr) {
    ++refused_;
    return;
  }
  std::copy(frame.begin(), frame.end(), rte_pktmbuf_mtod(mbuf, std::byte*));
  mbuf->data_len = static_cast<std::uint16_t>(frame.size());
  mbuf->pkt_len = mbuf->data_len;
  burst_[count_++] = mbuf;
  if (count_ == kBurst) flush();
}

void Exchange::flush() {
  if (count_ == 0) return;
  const auto taken = subject_.put(std::span(burst_).first(count_));
  if (taken < count_) rte_pktmbuf_free_bulk(burst_.data() + taken, count_ - taken);
  refused_ += count_ - taken;
  count_ = 0;
}

void Exchange::turn() {
  flush();
  subject_.serve();
  collect();
  setup_.forget_events();
}

void Exchange::settle() {
  const std::chrono::milliseconds patience(subject_.patience_ms());
  auto received = traffic_.findings().received;
  for (auto end = steady_clock::now() + patience; under_way() > 0;) {
    turn();
    if (subject_.is_drained()) break;
    const auto now = steady_clock::now();
    if (traffic_.findings().received != received) {
      received = traffic_.findings().received;
      end = now + patience;
    }
    if (now > end) break;
  }
  write_off();
}

bool Exchange::finds_way(std::uint32_t flow) {
  const auto before = traffic_.findings().received;
  for (const auto end = steady_clock::now() + kWayWithin; steady_clock::now() < end;) {
    offer(traffic_.next(flow));
    settle();
    if (traffic_.findings().received == before) continue;
    traffic_.forget();
    written_off_ = refused_ = 0;
    return true;
  }
  return false;
}

void Exchange::teach(std::uint32_t first_session, std::uint32_t sessions) {
  const auto first = first_session * abi::kFlowsPerSession;
  const auto end = first + sessions * abi::kFlowsPerSession;
  for (int packet = 0; packet < kTeachingPackets; ++packet) {
    for (auto flow = first; flow < end; ++flow) {
      offer(traffic_.next(flow));
      if (flow % kBurst == kBurst - 1) settle();
    }
    settle();
  }
}

void Exchange::fill(std::uint32_t in_flight) {
  for (auto room = under_way(); room < in_flight; ++room) {
    if (const auto frame = traffic_.next(); !frame.empty()) offer(frame);
  }
  turn();
}

}  // namespace mediaplane::bench
