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

// What classify found in one packet. An IPv6 source stands in the frame alone.
struct Packet {
  std::byte* frame;         // The Ethernet header.
  std::uint16_t ip_offset;  // From `frame`, in bytes.
  std::uint16_t udp_offset;
  std::uint16_t udp_length;  // Header and payload.
  Be16 source_port;
  Be32 source_ip;
  Be16 udp_checksum;
  IpFamily family;

  Ipv6Bytes source_ip6() const {
    return load<Ipv6Bytes>(frame + ip_offset + offsetof(Ipv6Header, source));
  }
  IpAddress source() const {
    return family == IpFamily::kIpv4 ? IpAddress::from_ipv4(source_ip)
                                     : IpAddress::from_ipv6(source_ip6());
  }
  SprayHost spray_host() const {
    return family == IpFamily::kIpv4 ? spray_host_of(source_ip) : spray_host_of(source_ip6());
  }
  std::span<const std::byte> payload() const {
    return {frame + udp_offset + sizeof(UdpHeader), udp_length - sizeof(UdpHeader)};
  }
};

struct Burst {
  std::uint32_t count = 0;
  // The packets that are on their way, by their places in the burst: kForward, and the next stage
  // has not seen them yet. classify begins the list, each stage strikes off what ends with it.
  std::uint32_t active_count = 0;
  std::array<std::uint8_t, kBurst> active;
  std::array<rte_mbuf*, kBurst> mbufs;
  std::array<Verdict, kBurst> verdicts;
  std::array<Packet, kBurst> packets;
  std::array<FlowKey, kBurst> keys;
  // Set by lookup for what it found.
  std::array<const FlowEntry*, kBurst> entries;
  std::array<abi::FlowStatistics*, kBurst> statistics;

  // Keeps those active for which `stage(place)` says true.
  template <typename Stage>
  void filter(Stage stage) {
    std::uint32_t kept = 0;
    for (std::uint32_t j = 0; j < active_count; ++j) {
      const auto place = active[j];
      active[kept] = place;
      kept += stage(place) ? 1 : 0;
    }
    active_count = kept;
  }
};

}  // namespace mediaplane
