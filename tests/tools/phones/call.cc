// SPDX-License-Identifier: BSD-2-Clause
#include "tests/tools/phones/call.h"

#include <random>

#include <fmt/format.h>

#include "tests/tools/phones/socket.h"

namespace mediaplane::phones {
namespace {

std::uint32_t random_word() {
  static std::random_device device;
  return device();
}

// Both flows of a party have one SSRC (RFC 3550 section 6.4).
std::array<Flow, 2> make_flows(std::uint32_t call, Party sender) {
  FlowIdentity rtp{.call = call,
                   .sender = sender,
                   .component = Component::kRtp,
                   .ssrc = random_word(),
                   .first_sequence = static_cast<std::uint16_t>(random_word()),
                   .first_timestamp = random_word()};
  FlowIdentity rtcp = rtp;
  rtcp.component = Component::kRtcp;
  return {Flow(rtp), Flow(rtcp)};
}

}  // namespace

Call make_call(const Options& options, std::uint32_t number) {
  const auto udp_port = static_cast<std::uint16_t>(options.first_udp_port + kPortsPerCall * number);
  Call call{.number = number,
            .id = fmt::format("{}-{}", options.call_id_prefix, number),
            .from_tag = fmt::format("from-{}", number),
            .to_tag = fmt::format("to-{}", number),
            .phones = {},
            .flows = {make_flows(number, Party::kCaller), make_flows(number, Party::kCallee)}};
  Phone& caller = call.phone(Party::kCaller);
  caller.local = caller.signalled = {options.caller.ip, udp_port};
  if (options.is_caller_behind_nat)
    caller.local.udp_port = static_cast<std::uint16_t>(udp_port + 2);
  if (options.nat_inside) caller.signalled.ip = *options.nat_inside;
  Phone& callee = call.phone(Party::kCallee);
  callee.local = callee.signalled = {options.callee.ip, static_cast<std::uint16_t>(udp_port + 4)};
  return call;
}

Result<void, std::string> open_sockets(Call& call, const Options& options) {
  for (const Party party : kParties) {
    const PartyOptions& of_party = party == Party::kCaller ? options.caller : options.callee;
    Phone& phone = call.phone(party);
    for (const Component component : kComponents) {
      auto fd = open_udp(of_party.netns, for_component(phone.local, component));
      if (!fd) return failure(fmt::format("{}: {}", name_of(party), fd.error()));
      phone.sockets[index_of(component)] = std::move(*fd);
    }
  }
  return {};
}

}  // namespace mediaplane::phones
