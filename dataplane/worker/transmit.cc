// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/worker/transmit.h"

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "dataplane/pipeline/verdict.h"

namespace mediaplane {
namespace {

std::uint64_t bytes_of(rte_mbuf* const* mbufs, std::uint16_t count) {
  std::uint64_t bytes = 0;
  for (std::uint16_t i = 0; i < count; ++i) bytes += mbufs[i]->pkt_len;
  return bytes;
}

}  // namespace

Transmitter::Transmitter(std::size_t ports, const std::vector<WorkerPort>& used, const Links& links,
                         abi::LcoreTotals& totals)
    : links_(links), totals_(totals), buffers_(ports) {
  for (const auto& port : used) buffers_[port.ethdev].port = &port;
}

void Transmitter::send(std::uint16_t ethdev) {
  auto& buffer = buffers_[ethdev];
  const auto count = buffer.count;
  buffer.count = 0;
  unsigned sent = 0;
  auto rest = Verdict::kTxFull;
  if (!links_.is_up(ethdev)) [[unlikely]] {
    rest = Verdict::kLinkDown;
  } else if (buffer.port->host == nullptr) [[likely]] {
    const auto bytes = bytes_of(buffer.mbufs.data(), count);
    sent = rte_eth_tx_burst(ethdev, buffer.port->queue, buffer.mbufs.data(), count);
    const auto left = static_cast<std::uint16_t>(count - sent);
    abi::add(totals_.transmitted, std::uint64_t{sent});
    abi::add(totals_.transmitted_bytes, bytes - bytes_of(buffer.mbufs.data() + sent, left));
  } else {
    sent = buffer.port->host->to_send->push(std::span(buffer.mbufs).first(count));
  }
  for (auto i = sent; i < count; ++i) {
    mediaplane::count(totals_, rest);
    rte_pktmbuf_free(buffer.mbufs[i]);
  }
}

}  // namespace mediaplane
