// SPDX-License-Identifier: BSD-2-Clause
// The judge of all process tests is judged here: whatever a relay may do wrong must be counted.
#include "tests/tools/phones/flow.h"

#include <gtest/gtest.h>

namespace mediaplane::phones {
namespace {

using Datagram = std::vector<std::byte>;

constexpr FlowIdentity kRtpFlow{.call = 7,
                                .sender = Party::kCaller,
                                .component = Component::kRtp,
                                .ssrc = 0x12345678,
                                .first_sequence = 65530,
                                .first_timestamp = 0xfffffff0};

constexpr FlowIdentity with_component(FlowIdentity flow, Component component) {
  flow.component = component;
  return flow;
}

class FlowTest : public testing::TestWithParam<Component> {
 protected:
  std::vector<Datagram> send(int count) {
    std::vector<Datagram> packets;
    for (int i = 0; i < count; ++i) {
      packets.push_back(flow.next_packet());
      flow.note_sent(Time{});
    }
    return packets;
  }
  void receive(const Datagram& packet, bool is_source_right = true) {
    flow.receive(packet, is_source_right, Time{});
  }

  Flow flow{with_component(kRtpFlow, GetParam())};
};

TEST_P(FlowTest, RightPacketsAreClean) {
  for (const Datagram& packet : send(20)) receive(packet);
  EXPECT_TRUE(flow.tally().is_clean());
  EXPECT_EQ(flow.tally().received, 20U);
}

TEST_P(FlowTest, PacketsThatDoNotComeAreLost) {
  const auto packets = send(20);
  for (std::size_t i = 0; i < 20; i += 2) receive(packets[i]);
  EXPECT_EQ(flow.tally().lost(), 10U);
  EXPECT_EQ(flow.tally().reordered + flow.tally().duplicated + flow.tally().wrong(), 0U);
}

TEST_P(FlowTest, PacketsThatComeTwiceAreDuplicates) {
  const auto packets = send(2);
  for (const std::size_t i : {0, 1, 0, 1}) receive(packets[i]);
  EXPECT_EQ(flow.tally().duplicated, 2U);
  EXPECT_EQ(flow.tally().received, 2U);
}

TEST_P(FlowTest, LatePacketsAreReordered) {
  const auto packets = send(3);
  for (const std::size_t i : {0, 2, 1}) receive(packets[i]);
  EXPECT_EQ(flow.tally().reordered, 1U);
  EXPECT_EQ(flow.tally().lost(), 0U);
}

TEST_P(FlowTest, EachFlippedByteIsWrong) {
  const Datagram packet = send(1)[0];
  for (std::size_t i = 0; i < packet.size(); ++i) {
    Datagram broken = packet;
    broken[i] ^= std::byte{1};
    receive(broken);
  }
  EXPECT_EQ(flow.tally().wrong_content, packet.size());
  EXPECT_EQ(flow.tally().received, 0U);
}

TEST_P(FlowTest, ShorterAndLongerPacketsAreWrong) {
  Datagram packet = send(1)[0];
  packet.push_back(std::byte{0});
  receive(packet);
  packet.resize(packet.size() - 2);
  receive(packet);
  receive({});
  EXPECT_EQ(flow.tally().wrong_content, 3U);
}

TEST_P(FlowTest, AnotherSourceIsWrong) {
  receive(send(1)[0], false);
  EXPECT_EQ(flow.tally().wrong_source, 1U);
  EXPECT_EQ(flow.tally().lost(), 1U);
}

TEST_P(FlowTest, PacketsOfOtherCallsPartiesAndFlowsAreWrong) {
  send(1);
  FlowIdentity other_call = with_component(kRtpFlow, GetParam());
  other_call.call = 8;
  FlowIdentity other_sender = with_component(kRtpFlow, GetParam());
  other_sender.sender = Party::kCallee;
  for (const FlowIdentity& stranger : {other_call, other_sender}) {
    receive(build_packet(stranger, 0));
  }
  EXPECT_EQ(flow.tally().wrong_content, 2U);
}

INSTANTIATE_TEST_SUITE_P(Components, FlowTest, testing::ValuesIn(kComponents),
                         [](const auto& param_info) {
                           return std::string(name_of(param_info.param));
                         });

TEST(Flow, CountsOnWhereTheSequenceNumberWraps) {
  Flow flow(kRtpFlow);
  for (int i = 0; i < 70000; ++i) {
    const Datagram packet = flow.next_packet();
    flow.note_sent(Time{});
    flow.receive(packet, true, Time{});
  }
  EXPECT_TRUE(flow.tally().is_clean());
}

TEST(Flow, TellsWhatIsMissingForLong) {
  Flow flow(kRtpFlow);
  flow.note_sent(Time{std::chrono::seconds(1)});
  flow.note_sent(Time{std::chrono::seconds(3)});
  EXPECT_EQ(flow.missing_since(Time{std::chrono::seconds(2)}), 1U);
}

}  // namespace
}  // namespace mediaplane::phones
