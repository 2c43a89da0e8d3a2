// SPDX-License-Identifier: BSD-2-Clause
// The short way says nothing that the long way does not say, too.
#include "dataplane/pipeline/recognise.h"

#include <random>

#include <gtest/gtest.h>

#include "dataplane/pipeline/classify.h"
#include "tests/support/plane.h"

namespace mediaplane::test {
namespace {

constexpr std::size_t kHeaders = sizeof(EthernetHeader) + sizeof(Ipv4Header) + sizeof(UdpHeader);

class Recognise : public testing::Test {
 protected:
  struct Result {
    bool is_usual;
    Packet packet{};
  };

  Result short_way(rte_mbuf& mbuf) {
    Result result{};
    result.packet.frame = rte_pktmbuf_mtod(&mbuf, std::byte*);
    result.is_usual = Recogniser(port(), plane_.shared()).is_usual(mbuf, result.packet);
    return result;
  }
  Result long_way(rte_mbuf& mbuf) {
    Result result{};
    auto* frame = rte_pktmbuf_mtod(&mbuf, std::byte*);
    result.packet.frame = frame;
    result.is_usual = classify_frame({frame, mbuf.data_len}, mbuf, port(), plane_.shared(),
                                     result.packet) == Verdict::kForward;
    return result;
  }
  const LocalPort& port() { return plane_.shared().ports[Plane::kWan]; }
  static auto facts(const Packet& packet) {
    return std::tuple(packet.frame, packet.udp, packet.udp_length, packet.family);
  }

  Plane plane_;
};

TEST_F(Recognise, MediaIsUsual) {
  auto* mbuf = plane_.mbuf_of(udp_frame({}), Plane::kWan);
  EXPECT_TRUE(short_way(*mbuf).is_usual);
  rte_pktmbuf_free(mbuf);
}

TEST_F(Recognise, BothWaysAgreeOnWhateverComes) {
  std::mt19937 random(1);
  const auto below = [&](std::size_t end) { return random() % end; };
  int usual = 0;
  constexpr int kFrames = 200000;
  for (int i = 0; i < kFrames; ++i) {
    auto frame = udp_frame({});
    for (auto edits = below(4); edits > 0; --edits) {
      frame[below(kHeaders)] ^= static_cast<std::byte>(1U << below(8));
    }
    if (below(8) != 0) {  // Or else the checksum alone would find nearly all of them.
      auto header = load<Ipv4Header>(frame.data() + kIpAt);
      header.checksum = Be16{0};
      store(frame.data() + kIpAt, header);
      header.checksum = checksum_of(sum_of_ipv4_header(frame.data() + kIpAt));
      store(frame.data() + kIpAt, header);
    }
    if (below(8) == 0) frame.resize(below(frame.size() + 1));
    auto* mbuf = plane_.mbuf_of(frame, Plane::kWan);
    const auto quick = short_way(*mbuf);
    const auto thorough = long_way(*mbuf);
    rte_pktmbuf_free(mbuf);
    if (!quick.is_usual) continue;
    ++usual;
    ASSERT_TRUE(thorough.is_usual) << i;
    ASSERT_EQ(facts(quick.packet), facts(thorough.packet)) << i;
    ASSERT_EQ(quick.packet.key, thorough.packet.key) << i;
  }
  EXPECT_GT(usual, kFrames / 10);
  EXPECT_LT(usual, kFrames / 10 * 9);
}

}  // namespace
}  // namespace mediaplane::test
