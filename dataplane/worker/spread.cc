// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/worker/spread.h"

#include <algorithm>

#include <rte_hash_crc.h>
#include <rte_mbuf.h>

#include "dataplane/flow/table.h"
#include "dataplane/net/headers.h"

namespace mediaplane {
namespace {

std::uint32_t share_of_port(std::uint32_t address, Be16 udp_port, std::uint32_t shares) {
  const auto hash = rte_hash_crc_4byte(udp_port.host() / 2U, address);
  return static_cast<std::uint32_t>(std::uint64_t{hash} * shares >> 32);
}

std::uint32_t drain(ValueRing<rte_mbuf*>& ring) {
  std::uint32_t drained = 0;
  std::array<rte_mbuf*, kBurst> mbufs;
  while (const auto count = ring.pop(mbufs)) {
    rte_pktmbuf_free_bulk(mbufs.data(), count);
    drained += count;
  }
  return drained;
}

}  // namespace

std::uint32_t share_of(const rte_mbuf& mbuf, std::uint32_t shares) {
  constexpr std::size_t kIpAt = sizeof(EthernetHeader);
  const auto* frame = rte_pktmbuf_mtod(&mbuf, const std::byte*);
  if (mbuf.data_len < kIpAt + sizeof(Ipv4Header) + sizeof(UdpHeader)) return 0;
  const auto type = view<EthernetHeader>(frame).ether_type;
  if (type == be16(kEtherTypeIpv4)) {
    const auto& ip = view<Ipv4Header>(frame + kIpAt);
    if (ip.protocol != kProtocolUdp || ip.version_ihl != 0x45) return 0;
    const auto& udp = view<UdpHeader>(frame + kIpAt + sizeof(Ipv4Header));
    return share_of_port(ip.destination.raw, udp.destination_port, shares);
  }
  if (type == be16(kEtherTypeIpv6) &&
      mbuf.data_len >= kIpAt + sizeof(Ipv6Header) + sizeof(UdpHeader)) {
    const auto& ip = view<Ipv6Header>(frame + kIpAt);
    if (ip.next_header != kProtocolUdp) return 0;
    const auto& udp = view<UdpHeader>(frame + kIpAt + sizeof(Ipv6Header));
    return share_of_port(
        load<std::uint32_t>(frame + kIpAt + offsetof(Ipv6Header, destination) + 12),
        udp.destination_port, shares);
  }
  return 0;
}

std::unique_ptr<Spread> Spread::create(std::uint16_t ethdev, std::uint32_t queues,
                                       std::uint32_t workers, unsigned slots) {
  std::unique_ptr<Spread> spread(new Spread(ethdev, queues));
  for (std::uint32_t guest = queues; guest < workers; ++guest) {
    auto& rings = spread->guests_.emplace_back();
    rings.received = ValueRing<rte_mbuf*>::create(slots);
    rings.to_send = ValueRing<rte_mbuf*>::create(slots);
    if (!rings.received || !rings.to_send) return nullptr;
  }
  return spread;
}

WorkerPort Spread::port_of(std::uint32_t worker) const {
  WorkerPort port{ethdev_};
  const auto rings_of = [this](std::size_t guest) { return &guests_[guest - queues_]; };
  if (worker >= queues_) {
    port.host = rings_of(worker);
    return port;
  }
  port.queue = static_cast<std::uint16_t>(worker);
  for (std::size_t guest = worker + std::size_t{queues_}; guest < queues_ + guests_.size();
       guest += queues_) {
    port.guests.push_back(rings_of(guest));
  }
  return port;
}

std::uint32_t Spread::worker_of(const rte_mbuf& mbuf, std::uint32_t near) const {
  const auto host = near % queues_;
  const auto workers = queues_ + static_cast<std::uint32_t>(guests_.size());
  const auto shares = (workers - 1 - host) / queues_ + 1;
  return host + share_of(mbuf, shares) * queues_;
}

std::uint32_t Spread::drain() {
  std::uint32_t unsent = 0;
  for (auto& guest : guests_) {
    mediaplane::drain(*guest.received);
    unsent += mediaplane::drain(*guest.to_send);
  }
  return unsent;
}

}  // namespace mediaplane
