// SPDX-License-Identifier: BSD-2-Clause
// A relay made of nothing but arithmetic stands between generator and sink, and does wrong on
// purpose: the sink has to notice each kind of it.
#include "tests/perf/bench/traffic.h"

#include <gtest/gtest.h>

namespace mediaplane::bench {
namespace {

using test::Frame;

constexpr MacAddress kRelay{{0x02, 0, 0, 0, 0, 0x01}};

Frame frame_of(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

class Sink : public testing::TestWithParam<Families> {
 protected:
  static TrafficOptions options() { return {4, 100, GetParam(), 3, 0, 0, 0}; }

  // The frame as the relay has to send it on, made anew from its payload.
  Frame relayed(const Frame& frame) const {
    const auto udp_at = test::udp_offset_of(frame);
    const auto flow = load<Cookie>(frame.data() + udp_at + kCookieAt).flow;
    const auto& call = calls_[abi::session_of(flow)];
    const auto from = abi::index_of(abi::side_of(flow));
    const auto component = abi::index_of(abi::component_of(flow));
    const auto sender = to_string(call.locals[1 - from].ip);
    const auto receiver = to_string(call.parties[1 - from].ip);
    test::UdpSpec spec;
    spec.source_mac = kRelay;
    spec.destination_mac = kGatewayMac;
    spec.source_ip = sender.c_str();
    spec.destination_ip = receiver.c_str();
    spec.source_port = static_cast<std::uint16_t>(call.locals[1 - from].udp_port + component);
    spec.destination_port = static_cast<std::uint16_t>(call.parties[1 - from].udp_port + component);
    const auto payload = std::span(frame).subspan(udp_at + sizeof(UdpHeader));
    spec.payload.assign(payload.begin(), payload.end());
    return test::udp_frame(spec);
  }
  Frame next() { return relayed(frame_of(traffic_.next())); }

  template <typename Header, typename Edit>
  static Frame edited(Frame frame, std::size_t at, Edit edit) {
    auto header = load<Header>(frame.data() + at);
    edit(header);
    store(frame.data() + at, header);
    return frame;
  }

  std::vector<Call> calls_ = numbered_calls(4, GetParam());
  Traffic traffic_{options(), calls_, {kRelay}};
};

TEST_P(Sink, FindsNothingWrongWithARelayThatIsRight) {
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(traffic_.check(next()));
  EXPECT_EQ(traffic_.findings().wrong(), 0U);
  EXPECT_EQ(traffic_.findings().received, 1000U);
  EXPECT_EQ(traffic_.missing(), 0U);
}

TEST_P(Sink, NoticesEachByteThatIsNotWhatWasSent) {
  const auto frame = next();
  const auto ip = sizeof(EthernetHeader);
  std::uint64_t wrong = 0;
  for (std::size_t at = 0; at < frame.size(); ++at) {
    // What a router may change, or nobody checks: type of service, identification, TTL, flow label.
    const bool is_free = test::is_ipv6(frame) ? at > ip && at < ip + 4 : false;
    if (is_free || (test::is_ipv6(frame) && at == ip + 7)) continue;
    auto broken = frame;
    broken[at] ^= std::byte{0x10};
    traffic_.check(broken);
    ++wrong;
    ASSERT_GE(traffic_.findings().misrouted + traffic_.findings().corrupted, wrong) << at;
  }
}

TEST_P(Sink, NoticesAFrameThatIsCutOrGrown) {
  auto frame = next();
  for (const auto size : {std::size_t{0}, std::size_t{20}, frame.size() - 1, frame.size() + 1}) {
    auto other = frame;
    other.resize(size);
    EXPECT_FALSE(traffic_.check(other)) << size;
  }
  EXPECT_EQ(traffic_.findings().corrupted, 4U);
  EXPECT_EQ(traffic_.missing(), 1U);
}

TEST_P(Sink, NoticesAWrongWayWithRightChecksums) {
  const auto frame = next();
  const auto udp_at = test::udp_offset_of(frame);
  auto to_other_port = edited<UdpHeader>(frame, udp_at, [](auto& udp) {
    udp.destination_port = be16(udp.destination_port.host() + 4);
  });
  auto from_other_port = edited<UdpHeader>(
      frame, udp_at, [](auto& udp) { udp.source_port = be16(udp.source_port.host() + 4); });
  auto to_other_mac =
      edited<EthernetHeader>(frame, 0, [](auto& ethernet) { ethernet.destination.bytes[5] ^= 1; });
  for (auto* other : {&to_other_port, &from_other_port, &to_other_mac}) {
    test::seal(*other);
    traffic_.check(*other);
  }
  EXPECT_EQ(traffic_.findings().misrouted, 3U);
  EXPECT_EQ(traffic_.findings().corrupted, 0U);
}

TEST_P(Sink, NoticesTheRightPacketOfTheWrongSession) {
  const auto first = frame_of(traffic_.next(0));
  auto stolen = relayed(first);
  // The cookie says that it is another session's.
  const auto at = test::udp_offset_of(stolen) + kCookieAt;
  store(stolen.data() + at, Cookie{abi::kFlowsPerSession, 1});
  test::seal(stolen);
  traffic_.next(abi::kFlowsPerSession);
  traffic_.check(stolen);
  EXPECT_EQ(traffic_.findings().misrouted, 1U);
}

TEST_P(Sink, NoticesLossThatADuplicateHides) {
  const auto first = relayed(frame_of(traffic_.next(0)));
  traffic_.next(0);
  traffic_.check(first);
  traffic_.check(first);
  EXPECT_EQ(traffic_.findings().duplicated, 1U);
  EXPECT_EQ(traffic_.missing(), 1U);
}

TEST_P(Sink, NoticesAnotherOrder) {
  const auto first = relayed(frame_of(traffic_.next(0)));
  const auto second = relayed(frame_of(traffic_.next(0)));
  traffic_.check(second);
  traffic_.check(first);
  traffic_.check(first);
  EXPECT_EQ(traffic_.findings().reordered, 1U);
  EXPECT_EQ(traffic_.findings().duplicated, 1U);
  EXPECT_EQ(traffic_.missing(), 0U);
}

TEST_P(Sink, NoticesAPacketThatNobodySent) {
  auto frame = next();
  const auto at = test::udp_offset_of(frame) + kCookieAt;
  auto cookie = load<Cookie>(frame.data() + at);
  cookie.number += 1000;
  store(frame.data() + at, cookie);
  test::seal(frame);
  EXPECT_FALSE(traffic_.check(frame));
  EXPECT_EQ(traffic_.findings().corrupted, 1U);
}

INSTANTIATE_TEST_SUITE_P(All, Sink,
                         testing::Values(Families::kIpv4, Families::kIpv6, Families::kMixed),
                         [](const auto& each) { return std::string(name_of(each.param)); });

TEST(Traffic, LosesAndSpoilsAsMuchAsItIsAsked) {
  const auto calls = numbered_calls(4, Families::kMixed);
  Traffic traffic({4, 100, Families::kMixed, 250, 0, 0.1, 0.2}, calls, {kRelay});
  constexpr int kPackets = 20000;
  std::uint64_t empty = 0;
  for (int i = 0; i < kPackets; ++i) {
    std::optional<Cookie> cookie;
    empty += traffic.next(cookie).empty() ? 1 : 0;
  }
  EXPECT_EQ(traffic.lost(), empty);
  EXPECT_NEAR(static_cast<double>(traffic.malformed()), kPackets * 0.2, 400);
  EXPECT_NEAR(static_cast<double>(traffic.lost()), kPackets * 0.08, 300);
  EXPECT_EQ(traffic.sent() + traffic.lost() + traffic.malformed(), kPackets);
}

TEST(Traffic, ASessionThatRestsSendsNothing) {
  const auto calls = numbered_calls(2, Families::kIpv4);
  Traffic traffic({2, 100, Families::kIpv4, 0, 0, 0, 0}, calls, {kRelay});
  traffic.rest(1);
  for (int i = 0; i < 100; ++i) {
    std::optional<Cookie> cookie;
    const auto frame = traffic.next(cookie);
    EXPECT_EQ(frame.empty(), !cookie);
    EXPECT_EQ(abi::session_of(cookie.value_or(Cookie{}).flow), 0U);
  }
  EXPECT_EQ(traffic.sent(), 50U);
  traffic.wake(1, calls[1]);
  for (int i = 0; i < 100; ++i) traffic.next();
  EXPECT_EQ(traffic.sent(), 150U);
}

}  // namespace
}  // namespace mediaplane::bench
