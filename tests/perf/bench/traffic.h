// SPDX-License-Identifier: BSD-2-Clause
// The calls of a benchmark as packets: what their parties send, and a sink that checks everything
// that comes out of the relay. Every packet carries the number of its flow and its own number, so
// that the sink knows for each whether it went the right way, rewritten rightly, once and in order.
//
// A share of the packets can be lost before the relay, malformed, or the first of a party whose NAT
// has given it another UDP port. The sink knows of each what has to become of it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "dataplane/pipeline/verdict.h"
#include "tests/perf/bench/calls.h"
#include "tests/perf/bench/cookie.h"
#include "tests/perf/bench/number_window.h"
#include "tests/support/frames.h"

namespace mediaplane::bench {

struct TrafficOptions {
  std::uint32_t sessions = 1000;
  std::uint32_t frame_bytes = 214;  // Of an IPv4 frame, from its Ethernet header on.
  Families families = Families::kIpv4;
  std::uint32_t rtcp_every = 250;  // Packets of RTP for one of RTCP; 0 = no RTCP.
  // Shares of all packets, 0 to 1.
  double rebinding = 0;
  double loss = 0;
  double malformed = 0;
};

struct Findings {
  std::uint64_t received = 0;  // Whole ones, each counted once.
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;
  std::uint64_t misrouted = 0;  // Wrong addresses, ports or MACs.
  std::uint64_t corrupted = 0;  // Wrong checksums, lengths or bytes, or nothing that we sent.

  std::uint64_t wrong() const { return duplicated + reordered + misrouted + corrupted; }
};

class Traffic {
 public:
  // The relay's MAC, and that of whoever it sends to.
  struct Macs {
    MacAddress relay;
    MacAddress peer = kGatewayMac;
  };
  Traffic(const TrafficOptions& options, std::span<const Call> calls, const Macs& macs);

  std::uint32_t flows() const { return static_cast<std::uint32_t>(flows_.size()); }

  // The next packet of a flow, whole.
  std::span<const std::byte> next(std::uint32_t flow);
  // The next packet of all, of the flow whose turn it is in an order that no cache can guess; empty
  // if it was lost before the relay. `cookie` is set if the packet has to come out.
  std::span<const std::byte> next(std::optional<Cookie>& cookie);
  std::span<const std::byte> next() {
    std::optional<Cookie> cookie;
    return next(cookie);
  }
  // A frame that the relay sent; its cookie, if it has a sound one.
  std::optional<Cookie> check(std::span<const std::byte> frame);

  // What was sent and received so far counts for nothing.
  void forget();

  // A session that has ended sends nothing, and goes on as this call.
  void rest(std::uint32_t session);
  void wake(std::uint32_t session, const Call& call);

  std::uint64_t sent() const { return sent_; }  // Whole ones.
  std::uint64_t lost() const { return lost_; }  // Before the relay.
  std::uint64_t rebindings() const { return rebindings_; }
  std::uint64_t malformed(Verdict verdict) const {
    return malformed_[static_cast<std::size_t>(verdict)];
  }
  std::uint64_t malformed() const;
  std::uint64_t missing() const { return sent_ - findings_.received; }
  const Findings& findings() const { return findings_; }

 private:
  struct Flow {
    Endpoint party;            // Sends from here
    Endpoint arrival;          // to here;
    Endpoint sender;           // the relay sends on from here
    Endpoint receiver;         // to here,
    Endpoint former_receiver;  // or still to here, for a moment after the peer has rebound.
    std::uint32_t sent = 0;
    std::uint32_t rebound_at = 0;  // Its number when it rebound last.
    NumberWindow seen;
    bool rests = false;
    test::Frame frame;  // The packet sent last.
  };

  std::uint32_t pick();
  void direct(std::uint32_t number, const Call& call);
  bool happens(double share);
  void rebind(std::uint32_t number);
  std::span<const std::byte> malformed_of(const Flow& flow);
  test::Frame first_frame(const Flow& flow, std::uint32_t number) const;
  bool is_addressed(Flow& flow, const Endpoint& sender, const Endpoint& receiver);

  TrafficOptions options_;
  Macs macs_;
  std::vector<Flow> flows_;
  std::vector<std::uint32_t> order_;  // RTP flows.
  std::size_t place_ = 0;
  std::uint32_t until_rtcp_;
  std::mt19937 random_{1};
  std::uint64_t sent_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t rebindings_ = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(Verdict::kCount)> malformed_{};
  test::Frame spoiled_;
  Findings findings_;
};

}  // namespace mediaplane::bench
