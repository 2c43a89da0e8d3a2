// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/outbox.h"

#include <rte_mbuf.h>

namespace mediaplane {

rte_mbuf* Outbox::allocate(std::uint16_t length) {
  rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
  if (mbuf != nullptr) rte_pktmbuf_append(mbuf, length);
  return mbuf;
}

std::byte* Outbox::frame_of(rte_mbuf& mbuf) { return rte_pktmbuf_mtod(&mbuf, std::byte*); }

void Outbox::set_length(rte_mbuf& mbuf, std::size_t length) {
  mbuf.data_len = static_cast<std::uint16_t>(length);
  mbuf.pkt_len = mbuf.data_len;
}

void Outbox::send_generated(rte_mbuf* mbuf, std::uint16_t ethdev) {
  abi::add(totals_.generated, std::uint64_t{1});
  send(mbuf, ethdev);
}

void Outbox::send(rte_mbuf* mbuf, std::uint16_t ethdev) {
  auto& ring = *rings_[ethdev % rings_.size()];
  if (!ring.push({mbuf, ethdev, 0, 0})) drop(mbuf, Verdict::kSlowPathFull);
}

void Outbox::hand_in(rte_mbuf* mbuf, std::uint16_t ethdev, std::uint32_t worker) {
  abi::add(totals_.generated, std::uint64_t{1});
  if (!rings_[worker]->push({mbuf, ethdev, 1, 0})) drop(mbuf, Verdict::kSlowPathFull);
}

void Outbox::consume(rte_mbuf* mbuf) {
  count_consumed();
  rte_pktmbuf_free(mbuf);
}

void Outbox::drop(rte_mbuf* mbuf, Verdict verdict) {
  count(totals_, verdict);
  rte_pktmbuf_free(mbuf);
}

}  // namespace mediaplane
