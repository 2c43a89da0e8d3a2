// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/calls.h"

#include <algorithm>

namespace mediaplane::bench {
namespace {

using abi::Side;

// Two pairs of UDP ports for each session, from this one on.
constexpr std::uint16_t kFirstUdpPort = 2000;
constexpr std::uint32_t kSessionsPerAddress = 15000;
constexpr std::uint32_t kPartiesPerHost = 10000;

// The address that is so many behind `base`, by its last 16 bits.
IpAddress numbered(const char* base, std::uint32_t number) {
  auto ip = *parse_ip(base);
  auto* last = ip.bytes.data() + (ip.family == IpFamily::kIpv4 ? 2 : 14);
  const auto sum = (last[0] << 8U) + last[1] + number;
  last[0] = static_cast<std::uint8_t>(sum >> 8);
  last[1] = static_cast<std::uint8_t>(sum);
  return ip;
}

bool is_ipv6(Families families, Side side) {
  return families == Families::kIpv6 || (families == Families::kMixed && side == Side::kCallee);
}

Endpoint party(std::uint32_t session, Side side, Families families) {
  const auto number = session * abi::kSidesPerSession + abi::index_of(side);
  const auto* base = is_ipv6(families, side) ? "2001:db8:1::1" : "192.0.2.1";
  const auto udp_port = 10000 + 4 * (number % kPartiesPerHost);
  return {numbered(base, number / kPartiesPerHost), static_cast<std::uint16_t>(udp_port)};
}

Endpoint local(std::uint32_t session, Side side, Families families) {
  const auto* base = is_ipv6(families, side) ? "2001:db8::1" : "198.18.0.1";
  const auto udp_port =
      kFirstUdpPort + 4 * (session % kSessionsPerAddress) + 2 * abi::index_of(side);
  return {numbered(base, session / kSessionsPerAddress), static_cast<std::uint16_t>(udp_port)};
}

}  // namespace

const char* name_of(Families families) {
  if (families == Families::kIpv4) return "ipv4";
  return families == Families::kIpv6 ? "ipv6" : "mixed";
}

std::vector<Prefix> relay_addresses(std::uint32_t sessions, Families families) {
  const auto count = (sessions + kSessionsPerAddress - 1) / kSessionsPerAddress;
  std::vector<Prefix> addresses;
  for (std::uint32_t i = 0; i < count; ++i) addresses.push_back({numbered("198.18.0.1", i), 16});
  if (families == Families::kIpv4) return addresses;
  for (std::uint32_t i = 0; i < count; ++i) addresses.push_back({numbered("2001:db8::1", i), 64});
  return addresses;
}

std::vector<Call> numbered_calls(std::uint32_t sessions, Families families) {
  std::vector<Call> calls(sessions);
  for (std::uint32_t i = 0; i < sessions; ++i) {
    for (const auto side : {Side::kCallee, Side::kCaller}) {
      calls[i].parties[abi::index_of(side)] = party(i, side, families);
      calls[i].locals[abi::index_of(side)] = local(i, side, families);
    }
  }
  return calls;
}

abi::Session session_of(const Call& call, const abi::SessionId& id,
                        const std::vector<IpAddress>& locals) {
  abi::Session session;
  session.id = id;
  for (std::uint32_t side = 0; side < abi::kSidesPerSession; ++side) {
    auto& state = session.sides[side];
    const auto place = std::ranges::find(locals, call.locals[side].ip) - locals.begin();
    state.signalled = call.parties[side];
    state.local_address = static_cast<std::uint16_t>(place);
    state.udp_port = call.locals[side].udp_port;
    state.tos = 0xb8;
    state.offers = 1;
  }
  return session;
}

}  // namespace mediaplane::bench
