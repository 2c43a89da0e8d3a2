// SPDX-License-Identifier: BSD-2-Clause
// The rules of sessions between two networks.
#include "tests/unit/call/service_fixture.h"

namespace mediaplane {
namespace {

// The letters of an offer, and where its two ports come to stand: 0 internal, 1 external.
struct BridgeCase {
  const char* letters;
  int callees;  // The one told to the offer.
  int callers;
};

class PlanBridge : public testing::TestWithParam<BridgeCase> {
 protected:
  static ServiceSettings bridge() {
    auto settings = kSettings;
    settings.local_addresses = {*parse_ip("192.0.2.9"), *parse_ip("198.51.100.9")};
    settings.is_bridging = true;
    settings.is_symmetric = false;
    return settings;
  }
  static abi::Session planned(const std::string& text, const Call& call,
                              const ServiceSettings& settings) {
    const auto parsed = parse_command(text, {true});
    const auto plan = plan_update(std::get<UpdateCommand>(*parsed), call.sessions(), settings);
    return (*plan)->session;
  }
};

TEST_P(PlanBridge, PlacesBothSidesOnce) {
  const auto& [letters, callees, callers] = GetParam();
  const auto offer = "U" + std::string(letters) + " c 192.0.2.1 4000 f";
  const auto session = planned(offer, Call({}), bridge());
  EXPECT_EQ(session.sides[kCallee].local_address, callees);
  EXPECT_EQ(session.sides[kCaller].local_address, callers);
  EXPECT_EQ(session.sides[kCaller].learning, abi::Learning::kAddress);

  Call call({"f"});
  call[0] = session;
  for (const auto* later : {"UIE c 192.0.2.1 4000 f", "LEI c 192.0.2.2 5000 f t"}) {
    const auto again = planned(later, call, bridge());
    EXPECT_EQ(again.sides[kCallee].local_address, callees) << later;
    EXPECT_EQ(again.sides[kCaller].local_address, callers) << later;
  }
}

INSTANTIATE_TEST_SUITE_P(Letters, PlanBridge,
                         testing::Values(BridgeCase{"", 0, 0}, BridgeCase{"E", 0, 1},
                                         BridgeCase{"I", 0, 0}, BridgeCase{"EI", 0, 1},
                                         BridgeCase{"IE", 1, 0}, BridgeCase{"EE", 1, 1},
                                         BridgeCase{"II", 0, 0}));

TEST_F(PlanBridge, BetweenFamiliesLettersAndNotTheSixDecide) {
  auto settings = bridge();
  settings.local_addresses[1] = *parse_ip("2001:db8::9");
  const auto offer = planned("UIE c 192.0.2.1 4000 f", Call({}), settings);
  EXPECT_EQ(offer.sides[kCallee].local_address, 1);
  EXPECT_EQ(offer.sides[kCaller].local_address, 0);
  Call call({"f"});
  call[0] = offer;
  EXPECT_EQ(planned("L6IE c 2001:db8::1 5000 f t", call, settings).sides[kCaller].local_address, 0);
  // Without letters the six moves the port that the answer asks for.
  EXPECT_EQ(planned("L6 c 2001:db8::1 5000 f t", call, settings).sides[kCaller].local_address, 1);
}

TEST_F(PlanBridge, SMakesAPartySymmetric) {
  const auto session = planned("US c 192.0.2.1 4000 f", Call({}), bridge());
  EXPECT_EQ(session.sides[kCaller].learning, abi::Learning::kAdaptive);
}

}  // namespace
}  // namespace mediaplane
