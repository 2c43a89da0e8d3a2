// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/traffic.h"

#include <algorithm>
#include <optional>

namespace mediaplane::bench {
namespace {

using abi::Component;
using abi::Side;

// Two pairs of UDP ports for each session, from this one on.
constexpr std::uint16_t kFirstUdpPort = 2000;
constexpr std::uint32_t kSessionsPerAddress = 15000;
constexpr std::uint32_t kPartiesPerHost = 10000;

// The sink's numbers, behind the RTP header.
struct Cookie {
  std::uint32_t flow;
  std::uint32_t number;
};
constexpr std::size_t kCookieAt = sizeof(UdpHeader) + sizeof(RtpHeader);

// The address that is so many behind `base`, by its last 16 bits.
IpAddress numbered(const char* base, std::uint32_t number) {
  auto ip = *parse_ip(base);
  auto* last = ip.bytes.data() + (ip.family == IpFamily::kIpv4 ? 2 : 14);
  const auto sum = (last[0] << 8U) + last[1] + number;
  last[0] = static_cast<std::uint8_t>(sum >> 8);
  last[1] = static_cast<std::uint8_t>(sum);
  return ip;
}

void put_number(test::Frame& frame, std::uint32_t flow, std::uint32_t number, bool is_rtp) {
  auto* udp_at = frame.data() + test::udp_offset_of(frame);
  auto* cookie_at = udp_at + kCookieAt;
  auto* rtp_at = udp_at + sizeof(UdpHeader);
  const auto words = [&] {
    return sum_of(std::span<const std::byte>(rtp_at, sizeof(RtpHeader) + sizeof(Cookie)));
  };
  const auto before = words();
  if (is_rtp) {
    auto rtp = load<RtpHeader>(rtp_at);
    rtp.sequence = be16(static_cast<std::uint16_t>(number));
    rtp.timestamp = be32(number * 160);
    store(rtp_at, rtp);
  }
  store(cookie_at, Cookie{flow, number});
  auto udp = load<UdpHeader>(udp_at);
  udp.checksum = updated_udp_checksum(udp.checksum, removal_of(before), words());
  store(udp_at, udp);
}

// What the relay has made of a packet: it never sends options or extension headers.
struct SentFrame {
  Endpoint sender;
  Endpoint receiver;
  std::span<const std::byte> udp;  // Header and payload.
  bool is_sound = false;           // Lengths and checksums.
};

std::optional<SentFrame> sent_frame(std::span<const std::byte> frame) {
  if (frame.size() < kLeastFrameBytes) return std::nullopt;
  const auto* ip_at = frame.data() + sizeof(EthernetHeader);
  SentFrame sent;
  PartialSum addresses = 0;
  bool is_header_right = false;
  if (load<EthernetHeader>(frame.data()).ether_type == be16(kEtherTypeIpv4)) {
    const auto ip = load<Ipv4Header>(ip_at);
    sent.udp = frame.subspan(sizeof(EthernetHeader) + sizeof ip);
    sent.sender.ip = IpAddress::from_ipv4(ip.source);
    sent.receiver.ip = IpAddress::from_ipv4(ip.destination);
    addresses = sum_of(ip.source) + sum_of(ip.destination);
    is_header_right = ip.version_ihl == 0x45 &&
                      ip.total_length.host() == frame.size() - sizeof(EthernetHeader) &&
                      is_checksum_right(sum_of(std::span(ip_at, sizeof ip)));
  } else {
    const auto ip = load<Ipv6Header>(ip_at);
    sent.udp = frame.subspan(sizeof(EthernetHeader) + sizeof ip);
    sent.sender.ip = {ip.source, IpFamily::kIpv6};
    sent.receiver.ip = {ip.destination, IpFamily::kIpv6};
    addresses = sum_of(ip.source) + sum_of(ip.destination);
    is_header_right = ip.version() == 6 && ip.next_header == kProtocolUdp &&
                      ip.payload_length.host() == sent.udp.size();
  }
  const auto udp = load<UdpHeader>(sent.udp.data());
  sent.sender.udp_port = udp.source_port.host();
  sent.receiver.udp_port = udp.destination_port.host();
  const auto length = static_cast<std::uint32_t>(sent.udp.size());
  sent.is_sound =
      is_header_right && udp.length.host() == length && udp.checksum.raw != 0 &&
      is_checksum_right(pseudo_header_sum(addresses, kProtocolUdp, length) + sum_of(sent.udp));
  return sent;
}

// The payload behind the cookie is that of every packet of the flow.
bool is_payload_right(std::span<const std::byte> udp, const test::Frame& sent) {
  constexpr auto kBehind = kCookieAt + sizeof(Cookie);
  const auto expected = std::span(sent).subspan(test::udp_offset_of(sent) + kBehind);
  return std::ranges::equal(udp.subspan(kBehind), expected);
}

}  // namespace

std::vector<Prefix> relay_addresses(const TrafficOptions& options) {
  const auto count = (options.sessions + kSessionsPerAddress - 1) / kSessionsPerAddress;
  std::vector<Prefix> addresses;
  for (std::uint32_t i = 0; i < count; ++i) addresses.push_back({numbered("198.18.0.1", i), 16});
  if (options.families == Families::kIpv4) return addresses;
  for (std::uint32_t i = 0; i < count; ++i) addresses.push_back({numbered("2001:db8::1", i), 64});
  return addresses;
}

Traffic::Traffic(const TrafficOptions& options, const MacAddress& relay_mac)
    : options_(options),
      relay_mac_(relay_mac),
      addresses_(relay_addresses(options)),
      until_rtcp_(options.rtcp_every) {
  flows_.resize(std::size_t{options.sessions} * abi::kFlowsPerSession);
  for (std::uint32_t i = 0; i < flows_.size(); ++i) {
    const auto session = abi::session_of(i);
    const auto side = abi::side_of(i);
    const auto component = abi::component_of(i);
    auto& flow = flows_[i];
    flow.party = party(session, side, component);
    flow.arrival = local(session, side, component);
    flow.sender = local(session, other(side), component);
    flow.receiver = party(session, other(side), component);
    flow.frame = first_frame(flow, i);
    if (component == Component::kRtp) order_.push_back(i);
  }
  std::shuffle(order_.begin(), order_.end(), random_);
}

IpFamily Traffic::family_of(Side side) const {
  const bool is_ipv6 = options_.families == Families::kIpv6 ||
                       (options_.families == Families::kMixed && side == Side::kCallee);
  return is_ipv6 ? IpFamily::kIpv6 : IpFamily::kIpv4;
}

// Parties are behind the gateway, some thousand on a host.
Endpoint Traffic::party(std::uint32_t session, Side side, Component component) const {
  const auto number = session * abi::kSidesPerSession + abi::index_of(side);
  const auto* base = family_of(side) == IpFamily::kIpv6 ? "2001:db8:1::1" : "192.0.2.1";
  const auto udp_port = 10000 + 4 * (number % kPartiesPerHost) + abi::index_of(component);
  return {numbered(base, number / kPartiesPerHost), static_cast<std::uint16_t>(udp_port)};
}

std::uint16_t Traffic::local_index(std::uint32_t session, Side side) const {
  const auto second_family =
      options_.families == Families::kMixed && side == Side::kCallee ? addresses_.size() / 2 : 0;
  const auto first = options_.families == Families::kIpv6 ? addresses_.size() / 2 : second_family;
  return static_cast<std::uint16_t>(first + session / kSessionsPerAddress);
}

Endpoint Traffic::local(std::uint32_t session, Side side, Component component) const {
  const auto udp_port = kFirstUdpPort + 4 * (session % kSessionsPerAddress) +
                        2 * abi::index_of(side) + abi::index_of(component);
  return {addresses_[local_index(session, side)].ip, static_cast<std::uint16_t>(udp_port)};
}

abi::Session Traffic::session(std::uint32_t index) const {
  abi::Session session;
  session.id = {index, 1};
  for (const auto side : {Side::kCallee, Side::kCaller}) {
    auto& state = session.sides[abi::index_of(side)];
    state.signalled = party(index, side, Component::kRtp);
    state.local_address = local_index(index, side);
    state.udp_port = local(index, side, Component::kRtp).udp_port;
    state.tos = 0xb8;
    state.offers = 1;
  }
  return session;
}

test::Frame Traffic::first_frame(const Flow& flow, std::uint32_t number) const {
  test::UdpSpec spec;
  spec.source_mac = kGatewayMac;
  spec.destination_mac = relay_mac_;
  const auto from = to_string(flow.party.ip);
  const auto to = to_string(flow.arrival.ip);
  spec.source_ip = from.c_str();
  spec.destination_ip = to.c_str();
  spec.source_port = flow.party.udp_port;
  spec.destination_port = flow.arrival.udp_port;
  const auto headers = sizeof(EthernetHeader) + sizeof(Ipv4Header) + sizeof(UdpHeader);
  spec.payload =
      test::rtp_payload(number + 1, 0, options_.frame_bytes - headers - sizeof(RtpHeader));
  if (abi::component_of(number) == Component::kRtcp) spec.payload[1] = std::byte{200};
  auto frame = test::udp_frame(spec);
  put_number(frame, number, 0, false);
  return frame;
}

std::uint32_t Traffic::pick() {
  if (options_.rtcp_every != 0 && --until_rtcp_ == 0) {
    until_rtcp_ = options_.rtcp_every;
    return order_[random_() % order_.size()] + abi::index_of(Component::kRtcp);
  }
  place_ = place_ + 1 == order_.size() ? 0 : place_ + 1;
  return order_[place_];
}

std::span<const std::byte> Traffic::next(std::uint32_t flow_number) {
  auto& flow = flows_[flow_number];
  const bool is_rtp = abi::component_of(flow_number) == Component::kRtp;
  put_number(flow.frame, flow_number, ++flow.sent, is_rtp);
  ++sent_;
  return flow.frame;
}

void Traffic::check(std::span<const std::byte> frame) {
  ++findings_.received;
  const auto view = sent_frame(frame);
  if (!view || view->udp.size() < kCookieAt + sizeof(Cookie) || !view->is_sound) {
    ++findings_.corrupted;
    return;
  }
  const auto cookie = load<Cookie>(view->udp.data() + kCookieAt);
  if (cookie.flow >= flows_.size()) {
    ++findings_.corrupted;
    return;
  }
  auto& flow = flows_[cookie.flow];
  const auto ethernet = load<EthernetHeader>(frame.data());
  const bool is_addressed = ethernet.source == relay_mac_ && ethernet.destination == kGatewayMac &&
                            view->sender == flow.sender && view->receiver == flow.receiver;
  findings_.misrouted += is_addressed ? 0 : 1;
  findings_.corrupted += is_payload_right(view->udp, flow.frame) ? 0 : 1;
  note_order(flow, cookie.number);
}

void Traffic::note_order(Flow& flow, std::uint32_t number) {
  if (number == flow.seen) {
    ++findings_.duplicated;
  } else if (number < flow.seen) {
    ++findings_.reordered;
  }
  flow.seen = std::max(flow.seen, number);
}

}  // namespace mediaplane::bench
