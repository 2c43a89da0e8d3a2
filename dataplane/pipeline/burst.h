// SPDX-License-Identifier: BSD-2-Clause
// A burst of packets on its way through the pipeline. Each stage is a plain function over the
// burst that leaves a verdict for each packet; a stage looks only at what is still active.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/abi/region.h"
#include "dataplane/flow/entry.h"
#include "dataplane/flow/key.h"
#include "dataplane/flow/table.h"
#include "dataplane/net/headers.h"
#include "dataplane/pipeline/spray_guard.h"
#include "dataplane/pipeline/verdict.h"

struct rte_mbuf;

namespace mediaplane {

// One packet on its way, and what the stages have found. Addresses and UDP ports are read where
// they stand in the frame.
struct alignas(64) Packet {
  rte_mbuf* mbuf;
  std::byte* frame;  // The Ethernet header; the IP header is right behind it.
  // Set by look_up for what it found.
  const FlowEntry* entry;
  abi::FlowStatistics* statistics;
  // Set by classify for what is active.
  std::byte* udp;  // The UDP header.
  FlowKey key;
  std::uint16_t udp_length;  // Header and payload.
  IpFamily family;

  Verdict verdict;
  // kForward, and the next stage has not seen it yet.
  bool is_active;

  void end(Verdict how) {
    verdict = how;
    is_active = false;
  }

  std::byte* ip() const { return frame + sizeof(EthernetHeader); }
  Be32 source_ip() const { return view<Ipv4Header>(ip()).source; }
  Ipv6Bytes source_ip6() const { return view<Ipv6Header>(ip()).source; }
  Be16 source_port() const { return view<UdpHeader>(udp).source_port; }
  Be16 udp_checksum() const { return view<UdpHeader>(udp).checksum; }
  IpAddress source() const {
    return family == IpFamily::kIpv4 ? IpAddress::from_ipv4(source_ip())
                                     : IpAddress::from_ipv6(source_ip6());
  }
  SprayHost spray_host() const {
    return family == IpFamily::kIpv4 ? spray_host_of(source_ip()) : spray_host_of(source_ip6());
  }
  std::span<const std::byte> payload() const {
    return {udp + sizeof(UdpHeader), udp_length - sizeof(UdpHeader)};
  }
};

static_assert(sizeof(Packet) == 64);

struct Burst {
  std::uint32_t count = 0;
  std::array<rte_mbuf*, kBurst> mbufs;  // As they were received.
  std::array<Packet, kBurst> packets;

  // Calls `stage` with each active packet, in order.
  template <typename Stage>
  void for_each_active(Stage stage) {
    auto* const end = packets.data() + count;
    for (auto* packet = packets.data(); packet != end; ++packet) {
      if (packet->is_active) [[likely]]
        stage(*packet);
    }
  }
};

}  // namespace mediaplane
