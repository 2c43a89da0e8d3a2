// SPDX-License-Identifier: BSD-2-Clause
// The calls of a benchmark as packets: what their parties send, and a sink that checks everything
// that comes out of the relay. Every packet carries the number of its flow and its own number, so
// that the sink knows for each whether it went the right way, rewritten rightly, once and in order.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "dataplane/abi/ids.h"
#include "dataplane/abi/session.h"
#include "dataplane/net/address.h"
#include "tests/support/frames.h"

namespace mediaplane::bench {

enum class Families : std::uint8_t { kIpv4, kIpv6, kMixed };  // Mixed: callers IPv4, callees IPv6.

struct TrafficOptions {
  std::uint32_t sessions = 1000;
  std::uint32_t frame_bytes = 214;  // Of an IPv4 frame, from its Ethernet header on.
  Families families = Families::kIpv4;
  std::uint32_t rtcp_every = 250;  // Packets of RTP for one of RTCP; 0 = no RTCP.
};

// The least that IPv4, UDP, RTP and the sink's numbers take.
inline constexpr std::uint32_t kLeastFrameBytes = 14 + 20 + 8 + 12 + 8;

inline constexpr MacAddress kGatewayMac{{0x02, 0, 0, 0, 0, 0xfe}};

// The relay's addresses, as many as the sessions need, and its gateways.
std::vector<Prefix> relay_addresses(const TrafficOptions& options);
inline const char* const kGateway = "198.18.255.254";
inline const char* const kGateway6 = "2001:db8::ffff";

struct Findings {
  std::uint64_t received = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;
  std::uint64_t misrouted = 0;  // Wrong addresses, ports or MACs.
  std::uint64_t corrupted = 0;  // Wrong checksums, lengths or bytes.

  std::uint64_t wrong() const { return duplicated + reordered + misrouted + corrupted; }
};

class Traffic {
 public:
  // `relay_mac` is where frames go to, and come from.
  Traffic(const TrafficOptions& options, const MacAddress& relay_mac);

  // As a control plane would wish it.
  abi::Session session(std::uint32_t index) const;

  std::uint32_t flows() const { return static_cast<std::uint32_t>(flows_.size()); }
  // The flow whose turn it is, in an order that no cache can guess.
  std::uint32_t pick();
  // The next packet of this flow.
  std::span<const std::byte> next(std::uint32_t flow);
  // A frame that the relay sent.
  void check(std::span<const std::byte> frame);

  std::uint64_t sent() const { return sent_; }
  std::uint64_t missing() const { return sent_ - findings_.received; }
  const Findings& findings() const { return findings_; }

 private:
  struct Flow {
    Endpoint party;     // Sends from here
    Endpoint arrival;   // to here;
    Endpoint sender;    // the relay sends on from here
    Endpoint receiver;  // to here.
    std::uint32_t sent = 0;
    std::uint32_t seen = 0;
    test::Frame frame;  // The packet sent last.
  };

  Endpoint party(std::uint32_t session, abi::Side side, abi::Component component) const;
  Endpoint local(std::uint32_t session, abi::Side side, abi::Component component) const;
  std::uint16_t local_index(std::uint32_t session, abi::Side side) const;
  IpFamily family_of(abi::Side side) const;
  test::Frame first_frame(const Flow& flow, std::uint32_t number) const;
  void note_order(Flow& flow, std::uint32_t number);

  TrafficOptions options_;
  MacAddress relay_mac_;
  std::vector<Prefix> addresses_;
  std::vector<Flow> flows_;
  std::vector<std::uint32_t> order_;  // RTP flows.
  std::size_t place_ = 0;
  std::uint32_t until_rtcp_;
  std::mt19937 random_{1};
  std::uint64_t sent_ = 0;
  Findings findings_;
};

}  // namespace mediaplane::bench
