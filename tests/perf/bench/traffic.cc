// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/traffic.h"

#include <algorithm>
#include <numeric>

#include "tests/perf/bench/sent_frame.h"
#include "tests/perf/bench/spoil.h"

namespace mediaplane::bench {
namespace {

using abi::Component;
using abi::Side;

// Where NATs move parties to; none sends from here at first.
constexpr std::uint16_t kFirstReboundPort = 50002;
constexpr std::uint16_t kReboundPorts = 15000;

Endpoint at(const Endpoint& rtp, Component component) {
  return {rtp.ip, static_cast<std::uint16_t>(rtp.udp_port + abi::index_of(component))};
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

// The payload behind the cookie is that of every packet of the flow.
bool is_payload_right(std::span<const std::byte> udp, const test::Frame& sent) {
  constexpr auto kBehind = kCookieAt + sizeof(Cookie);
  const auto expected = std::span(sent).subspan(test::udp_offset_of(sent) + kBehind);
  return std::ranges::equal(udp.subspan(kBehind), expected);
}

}  // namespace

Traffic::Traffic(const TrafficOptions& options, std::span<const Call> calls, const Macs& macs)
    : options_(options), macs_(macs), until_rtcp_(options.rtcp_every) {
  flows_.resize(calls.size() * abi::kFlowsPerSession);
  for (std::uint32_t i = 0; i < flows_.size(); ++i) {
    direct(i, calls[abi::session_of(i)]);
    if (abi::component_of(i) == Component::kRtp) order_.push_back(i);
  }
  std::shuffle(order_.begin(), order_.end(), random_);
}

void Traffic::direct(std::uint32_t number, const Call& call) {
  auto& flow = flows_[number];
  const auto side = abi::index_of(abi::side_of(number));
  const auto component = abi::component_of(number);
  flow.party = at(call.parties[side], component);
  flow.arrival = at(call.locals[side], component);
  flow.sender = at(call.locals[1 - side], component);
  flow.receiver = at(call.parties[1 - side], component);
  flow.former_receiver = {};
  flow.rebound_at = flow.seen.highest();
  flow.frame = first_frame(flow, number);
}

test::Frame Traffic::first_frame(const Flow& flow, std::uint32_t number) const {
  test::UdpSpec spec;
  spec.source_mac = macs_.peer;
  spec.destination_mac = macs_.relay;
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
  put_number(frame, number, flow.sent, false);
  return frame;
}

void Traffic::forget() {
  sent_ = lost_ = rebindings_ = 0;
  malformed_ = {};
  findings_ = {};
}

void Traffic::rest(std::uint32_t session) {
  for (std::uint32_t i = 0; i < abi::kFlowsPerSession; ++i) {
    flows_[session * abi::kFlowsPerSession + i].rests = true;
  }
}

void Traffic::wake(std::uint32_t session, const Call& call) {
  for (std::uint32_t i = 0; i < abi::kFlowsPerSession; ++i) {
    const auto number = session * abi::kFlowsPerSession + i;
    direct(number, call);
    flows_[number].rests = false;
  }
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

bool Traffic::happens(double share) {
  return share > 0 &&
         static_cast<double>(random_()) < share * static_cast<double>(std::mt19937::max());
}

std::span<const std::byte> Traffic::next(std::optional<Cookie>& cookie) {
  cookie.reset();
  const auto number = pick();
  auto& flow = flows_[number];
  if (flow.rests) return {};
  if (happens(options_.malformed)) return malformed_of(flow);
  if (happens(options_.loss)) {
    ++flow.sent;
    ++lost_;
    return {};
  }
  if (happens(options_.rebinding)) rebind(number);
  const auto frame = next(number);
  cookie = Cookie{number, flow.sent};
  return frame;
}

std::span<const std::byte> Traffic::malformed_of(const Flow& flow) {
  spoiled_ = flow.frame;
  const auto verdict = spoil(spoiled_, static_cast<std::uint32_t>(random_()));
  ++malformed_[static_cast<std::size_t>(verdict)];
  return spoiled_;
}

std::uint64_t Traffic::malformed() const {
  return std::accumulate(malformed_.begin(), malformed_.end(), std::uint64_t{0});
}

// RTP gets another UDP port, RTCP keeps its own. Not again before the relay has followed.
void Traffic::rebind(std::uint32_t number) {
  auto& flow = flows_[number];
  const auto peer_number =
      abi::flow_index(abi::session_of(number), other(abi::side_of(number)), Component::kRtp);
  auto& peer = flows_[peer_number];
  if (abi::component_of(number) != Component::kRtp || peer.former_receiver.is_set() ||
      flow.seen.highest() <= flow.rebound_at) {
    return;
  }
  const auto moved = rebindings_++ % kReboundPorts;
  flow.party.udp_port = static_cast<std::uint16_t>(kFirstReboundPort + moved);
  flow.rebound_at = flow.sent;
  peer.former_receiver = peer.receiver;
  peer.receiver = flow.party;
  auto* udp_at = flow.frame.data() + test::udp_offset_of(flow.frame);
  auto udp = load<UdpHeader>(udp_at);
  udp.source_port = be16(flow.party.udp_port);
  store(udp_at, udp);
  test::seal(flow.frame);
}

bool Traffic::is_addressed(Flow& flow, const Endpoint& sender, const Endpoint& receiver) {
  if (sender != flow.sender) return false;
  if (receiver == flow.receiver) {
    flow.former_receiver = {};
    return true;
  }
  return flow.former_receiver.is_set() && receiver == flow.former_receiver;
}

std::optional<Cookie> Traffic::check(std::span<const std::byte> frame) {
  const auto view = sent_frame(frame);
  if (!view || view->udp.size() < kCookieAt + sizeof(Cookie) || !view->is_sound) {
    ++findings_.corrupted;
    return std::nullopt;
  }
  const auto cookie = load<Cookie>(view->udp.data() + kCookieAt);
  if (cookie.flow >= flows_.size() || cookie.number > flows_[cookie.flow].sent) {
    ++findings_.corrupted;
    return std::nullopt;
  }
  auto& flow = flows_[cookie.flow];
  const auto ethernet = load<EthernetHeader>(frame.data());
  const bool is_from_relay = ethernet.source == macs_.relay && ethernet.destination == macs_.peer;
  const bool is_right = is_addressed(flow, view->sender, view->receiver) && is_from_relay;
  findings_.misrouted += is_right ? 0 : 1;
  findings_.corrupted += is_payload_right(view->udp, flow.frame) ? 0 : 1;
  const auto finding = flow.seen.note(cookie.number);
  findings_.duplicated += finding == NumberWindow::Finding::kTwice ? 1 : 0;
  findings_.reordered += finding == NumberWindow::Finding::kLate ? 1 : 0;
  findings_.received += finding == NumberWindow::Finding::kTwice ? 0 : 1;
  return cookie;
}

}  // namespace mediaplane::bench
