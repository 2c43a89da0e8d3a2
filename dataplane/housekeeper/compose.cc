// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/compose.h"

#include "dataplane/pipeline/rewrite.h"

namespace mediaplane {
namespace {

std::uint16_t udp_port_of(const abi::SideState& side, abi::Component component) {
  return static_cast<std::uint16_t>(side.udp_port + abi::index_of(component));
}

void set_source(FlowEntry& entry, const Endpoint& source) {
  if (source.ip.family != entry.family) return;  // Unset, or nobody whose packets come here.
  entry.has_source = 1;
  if (entry.family == IpFamily::kIpv4) {
    entry.source_ip = source.ip.ipv4();
  } else {
    entry.source_ip6 = source.ip.bytes;
  }
  entry.source_port = be16(source.udp_port);
}

// Whose packets are admitted, by the flow's mode and by what was learned.
void compose_admission(FlowEntry& entry, const FlowState& flow) {
  const auto& expected = flow.policy.expected;
  const auto view = view_of(flow.policy, flow.latch.load());
  if (is_fixed(flow.policy)) {
    const bool any_port = flow.policy.mode == abi::Learning::kAddress;
    set_source(entry, expected);
    entry.admission = entry.has_source == 0 ? Admission::kClosed
                      : any_port            ? Admission::kTakenHost
                                            : Admission::kTaken;
    entry.settled = true;
  } else if (view.source.is_set()) {
    entry.admission = Admission::kTaken;
    entry.unproved = !view.proved;
    entry.settled = flow.policy.mode == abi::Learning::kAddress;
    set_source(entry, view.source);
  } else {
    entry.admission = Admission::kOpen;
    entry.same_host_only = flow.policy.same_host_only;
    set_source(entry, expected);
  }
}

// `in`: the side whose party sends the packets; `out`: whose party gets them.
std::uint8_t extras_of(const abi::SideState& in, const abi::SideState& out,
                       abi::Component component) {
  const bool is_rtp = component == abi::Component::kRtp;
  std::uint8_t extras = 0;
  if ((in.flags & (is_rtp ? abi::kCopyRtp : abi::kCopyRtcp)) != 0) extras |= kCopied;
  if (is_rtp && (out.flags & abi::kPlaying) != 0) extras |= kHidden;
  if ((out.flags & abi::kSendTwice) != 0) extras |= kSentTwice;
  return extras;
}

// A party at one of our own addresses is another session's endpoint.
void set_own(FlowEntry& entry, const IpAddress& destination,
             std::span<const LocalAddress> local_addresses) {
  const auto count = static_cast<std::uint16_t>(local_addresses.size());
  for (std::uint16_t i = 0; i < count; ++i) {
    if (local_addresses[i].ip != destination) continue;
    entry.to_ourselves = true;
    entry.own_address = i;
  }
}

}  // namespace

LatchPolicy policy_of(const SessionState& session, abi::Side side, abi::Component component) {
  const auto& state = session.side(side);
  const LatchPolicy rtp{state.learning, false, state.signalled, state.offers};
  if (component == abi::Component::kRtp) return rtp;
  return rtcp_policy(rtp, session.flow(side, abi::Component::kRtp).latch.load());
}

FlowKey key_of(const abi::SideState& side, abi::Component component) {
  return {side.local_address, be16(udp_port_of(side, component)), {}};
}

Endpoint destination_of(const SessionState& session, abi::Side side, abi::Component component) {
  const auto out = other(side);
  if (session.side(side).udp_port == 0 || session.side(out).udp_port == 0) return {};
  const auto& flow = session.flow(out, component);
  return view_of(flow.policy, flow.latch.load()).destination;
}

void compose(FlowEntry& entry, const SessionState& session, abi::Side side,
             abi::Component component, std::span<const LocalAddress> local_addresses) {
  const auto& in = session.side(side);
  const auto& out = session.side(other(side));
  const auto& flow = session.flow(side, component);
  entry.flow = abi::flow_index(session.id.index, side, component);
  entry.family = local_addresses[in.local_address].ip.family;
  if (out.udp_port == 0) return;  // kIncomplete
  compose_admission(entry, flow);
  entry.extras = extras_of(in, out, component);
  entry.session_generation = session.id.generation;

  const auto destination = destination_of(session, side, component);
  const auto& from = local_addresses[out.local_address];
  // None yet, or none that we reach from this address.
  if (destination.ip.family != from.ip.family) return;
  entry.out_family = destination.ip.family;
  entry.tos = out.tos;
  if (entry.out_family == IpFamily::kIpv4) {
    entry.new_ips.source = from.ip.ipv4();
    entry.new_ips.destination = destination.ip.ipv4();
  } else {
    entry.new_source_ip6 = from.ip.bytes;
    entry.new_destination_ip6 = destination.ip.bytes;
  }
  entry.new_ports.source = be16(udp_port_of(out, component));
  entry.new_ports.destination = be16(destination.udp_port);
  entry.egress_port = from.ethdev;
  entry.egress_mtu = from.mtu;
  entry.egress.mac = from.mac;
  set_own(entry, destination.ip, local_addresses);
  precompute(entry, local_addresses[in.local_address].ip, be16(udp_port_of(in, component)));
}

}  // namespace mediaplane
