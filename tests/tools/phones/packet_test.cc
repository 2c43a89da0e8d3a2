// SPDX-License-Identifier: BSD-2-Clause
#include "tests/tools/phones/packet.h"

#include <gtest/gtest.h>

#include "dataplane/net/rtp.h"

namespace mediaplane::phones {
namespace {

constexpr FlowIdentity kFlow{.call = 12,
                             .sender = Party::kCallee,
                             .component = Component::kRtp,
                             .ssrc = 0xcafe,
                             .first_sequence = 65535,
                             .first_timestamp = 1000};

TEST(Packet, RtpIsG711OfTwentyMilliseconds) {
  const auto packet = build_packet(kFlow, 1);
  ASSERT_EQ(packet.size(), sizeof(RtpHeader) + kPayloadBytes);
  const auto* header = parse_rtp(packet);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->payload_type(), 0);
  EXPECT_EQ(header->sequence.host(), 0);
  EXPECT_EQ(header->timestamp.host(), 1160U);
  EXPECT_EQ(header->ssrc.host(), 0xcafeU);
}

TEST(Packet, SamplesDifferFromPacketToPacketAndCallToCall) {
  FlowIdentity other_call = kFlow;
  ++other_call.call;
  const auto samples = [](const FlowIdentity& flow, std::uint32_t index) {
    auto packet = build_packet(flow, index);
    packet.erase(packet.begin(), packet.begin() + sizeof(RtpHeader));
    return packet;
  };
  EXPECT_NE(samples(kFlow, 1), samples(kFlow, 2));
  EXPECT_NE(samples(kFlow, 1), samples(other_call, 1));
}

// RFC 3550 appendix A.2: the parts' lengths add up to the datagram's, SR comes first.
TEST(Packet, RtcpIsAValidCompound) {
  FlowIdentity flow = kFlow;
  flow.component = Component::kRtcp;
  for (flow.call = 0; flow.call < 2000; flow.call += 7) {
    const auto packet = build_packet(flow, 3);
    std::vector<int> types;
    std::size_t at = 0;
    while (at < packet.size()) {
      EXPECT_EQ(std::to_integer<int>(packet[at]) >> 6, 2);
      types.push_back(std::to_integer<int>(packet[at + 1]));
      at += 4 * (std::size_t{load<Be16>(packet.data() + at + 2).host()} + 1);
    }
    EXPECT_EQ(at, packet.size());
    EXPECT_EQ(types, (std::vector{200, 202}));
  }
}

}  // namespace
}  // namespace mediaplane::phones
