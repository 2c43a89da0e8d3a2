// SPDX-License-Identifier: BSD-2-Clause
// The pure rules: matching, sides, families, claims.
#include "controlplane/call/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controlplane/protocol/parse.h"

namespace mediaplane {
namespace {

using abi::Side;

constexpr std::uint32_t kCallee = 0;
constexpr std::uint32_t kCaller = 1;

const ServiceSettings kSettings{{*parse_ip("192.0.2.9"), *parse_ip("2001:db8::9")},
                                {*parse_ip("192.0.2.9"), *parse_ip("2001:db8::9")},
                                {0, 1},
                                false,
                                true,
                                abi::Learning::kAdaptive,
                                0xb8};

// Sessions of one call with these from-tags, in the order of creation.
class Call {
 public:
  explicit Call(std::vector<std::string> from_tags) : sessions_(from_tags.size()) {
    for (std::uint32_t i = 0; i < sessions_.size(); ++i) {
      sessions_[i].from_tag = from_tags[i];
      sessions_[i].state.id = {i, 1};
      sessions_[i].state.sides[kCallee].udp_port = 35000;
      sessions_[i].state.control_flags = kStrong;
      pointers_.push_back(&sessions_[i]);
    }
  }

  std::span<const CallSession* const> sessions() const { return pointers_; }
  abi::Session& operator[](std::size_t i) { return sessions_[i].state; }

 private:
  std::vector<CallSession> sessions_;
  std::vector<const CallSession*> pointers_;
};

template <typename T>
T command(const std::string& text) {
  return std::get<T>(*parse_command(text));
}

Parties parties(std::string from_tag, std::optional<std::string> to_tag) {
  return {"c", std::move(from_tag), std::move(to_tag)};
}

struct MatchCase {
  std::vector<std::string> kept;
  std::string from_tag;
  std::optional<std::string> to_tag;
  int session;  // -1: none
  Speaker speaker = Speaker::kCaller;
};

class FindOne : public testing::TestWithParam<MatchCase> {};

TEST_P(FindOne, FindsTheSessionAndItsSpeaker) {
  const auto& row = GetParam();
  const Call call(row.kept);
  const auto match = find_one(call.sessions(), parties(row.from_tag, row.to_tag));
  ASSERT_EQ(match.has_value(), row.session >= 0);
  if (!match) return;
  EXPECT_EQ(match->session->id().index, static_cast<std::uint32_t>(row.session));
  EXPECT_EQ(match->speaker, row.speaker);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, FindOne,
    testing::Values(MatchCase{{"f1"}, "f1", {}, 0}, MatchCase{{"f1"}, "f1", "whoever", 0},
                    MatchCase{{"f1"}, "t1", "f1", 0, Speaker::kCallee},
                    MatchCase{{"f1"}, "t1", "t2", -1}, MatchCase{{"f1"}, "f11", {}, -1},
                    MatchCase{{"f11"}, "f1", {}, -1}, MatchCase{{"f1"}, "F1", {}, -1},
                    MatchCase{{"f1"}, "t1", {}, -1}, MatchCase{{"f1;1"}, "f1", "t1", -1},
                    MatchCase{{"f1;1", "f1;2"}, "f1;2", "t1;2", 1},
                    MatchCase{{"f1;1", "f1;2"}, "t1;2", "f1;2", 1, Speaker::kCallee},
                    MatchCase{{"f1;1", "f1;2"}, "t1;2", "f1", 1, Speaker::kCallee},
                    MatchCase{{"f1;1"}, "t1", "f1", -1}, MatchCase{{"f1"}, "t1;1", "f1;1", -1},
                    // The first session that fits either tag is taken.
                    MatchCase{{"f1", "t1"}, "t1", "f1", 0, Speaker::kCallee},
                    MatchCase{{"t1", "f1"}, "t1", "f1", 0, Speaker::kCaller}));

struct FamilyCase {
  std::vector<std::string> kept;
  std::string from_tag;
  std::optional<std::string> to_tag;
  std::vector<std::uint32_t> sessions;
};

class FindFamily : public testing::TestWithParam<FamilyCase> {};

TEST_P(FindFamily, FindsTheStreams) {
  const auto& row = GetParam();
  const Call call(row.kept);
  std::vector<std::uint32_t> found;
  for (const auto& match : find_family(call.sessions(), parties(row.from_tag, row.to_tag))) {
    found.push_back(match.session->id().index);
  }
  EXPECT_EQ(found, row.sessions);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, FindFamily,
    testing::Values(FamilyCase{{"f1;1", "f1;2", "f1;3"}, "f1", "t1", {0, 1, 2}},
                    FamilyCase{{"f1;1", "f1;2"}, "t1", "f1", {0, 1}},
                    FamilyCase{{"f1;1", "f1;2"}, "f1;2", {}, {1}},
                    FamilyCase{{"f1", "f2"}, "f1", {}, {0}},
                    // The exact tag ends the search.
                    FamilyCase{{"f1", "f1;1", "f1;2"}, "f1", {}, {0}},
                    FamilyCase{{"f1;1", "f1", "f1;2"}, "f1", {}, {0, 1}},
                    FamilyCase{{"f11", "f1x;1"}, "f1", {}, {}}, FamilyCase{{"f1"}, "f1;1", {}, {}},
                    FamilyCase{{"f1"}, "t1", {}, {}}));

struct UpdateCase {
  const char* name;
  const char* text;
  std::uint32_t address_side;
  std::uint32_t answer_side;
};

class PlanUpdate : public testing::TestWithParam<UpdateCase> {};

TEST_P(PlanUpdate, PutsTheAddressOnOneSideAndAnswersWithTheOther) {
  const Call call({"f1"});
  const auto plan =
      plan_update(command<UpdateCommand>(GetParam().text), call.sessions(), kSettings);
  ASSERT_TRUE(plan && *plan);
  EXPECT_FALSE((*plan)->creates());
  EXPECT_EQ(abi::index_of((*plan)->answer_side), GetParam().answer_side);
  const auto& sides = (*plan)->session.sides;
  EXPECT_EQ(sides[GetParam().address_side].signalled.udp_port, 4000);
  EXPECT_EQ(sides[GetParam().address_side].offers, 1U);
  EXPECT_FALSE(sides[GetParam().answer_side].signalled.is_set());
  EXPECT_EQ((*plan)->needs_udp_port(), GetParam().answer_side == kCaller);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, PlanUpdate,
    testing::Values(UpdateCase{"OfferOfCaller", "U c 192.0.2.1 4000 f1", kCaller, kCallee},
                    UpdateCase{"OfferOfCallee", "U c 192.0.2.1 4000 t1 f1", kCallee, kCaller},
                    UpdateCase{"AnswerToCaller", "L c 192.0.2.1 4000 f1 t1", kCallee, kCaller},
                    UpdateCase{"AnswerToCallee", "L c 192.0.2.1 4000 t1 f1", kCaller, kCallee}),
    [](const auto& row) { return row.param.name; });

TEST(PlanUpdateRules, OfferThatFitsNothingCreates) {
  const Call call({"f1"});
  const auto plan =
      plan_update(command<UpdateCommand>("U c 192.0.2.1 4000 t1 f2"), call.sessions(), kSettings);
  ASSERT_TRUE(plan && *plan);
  EXPECT_TRUE((*plan)->creates());
  EXPECT_EQ((*plan)->session.sides[kCallee].tos, 0xb8);
}

TEST(PlanUpdateRules, AnswerThatFitsNothingIsNoError) {
  const auto plan =
      plan_update(command<UpdateCommand>("L c 192.0.2.1 4000 f t"), Call({}).sessions(), kSettings);
  ASSERT_TRUE(plan);
  EXPECT_FALSE(*plan);
}

TEST(PlanUpdateRules, FamilyOfTheFirstOfferMovesBothSides) {
  const auto plan = plan_update(command<UpdateCommand>("U6 c 2001:db8::1 4000 f"),
                                Call({}).sessions(), kSettings);
  ASSERT_TRUE(plan && *plan);
  EXPECT_EQ((*plan)->session.sides[kCallee].local_address, 1);
  EXPECT_EQ((*plan)->session.sides[kCaller].local_address, 1);
}

TEST(PlanUpdateRules, FamilyOfTheAnswerMovesOnlyThePortToBeTaken) {
  const Call call({"f"});
  const auto plan =
      plan_update(command<UpdateCommand>("L6 c 2001:db8::1 4000 f t"), call.sessions(), kSettings);
  ASSERT_TRUE(plan && *plan);
  EXPECT_EQ((*plan)->session.sides[kCallee].local_address, 0);
  EXPECT_EQ((*plan)->session.sides[kCaller].local_address, 1);
}

TEST(PlanUpdateRules, AnAdvertisedAddressThatComesBackIsOurOwn) {
  auto settings = kSettings;
  settings.advertised_addresses[0] = *parse_ip("203.0.113.9");
  const auto plan =
      plan_update(command<UpdateCommand>("U c 203.0.113.9 4000 f"), Call({}).sessions(), settings);
  ASSERT_TRUE(plan && *plan);
  EXPECT_EQ((*plan)->session.sides[kCaller].signalled.ip, settings.local_addresses[0]);
}

TEST(PlanUpdateRules, MissingFamilyIsFoundBeforeTheSessionIsLookedFor) {
  const ServiceSettings only_ipv6{{*parse_ip("2001:db8::9")}, {*parse_ip("2001:db8::9")}, {0}};
  const auto plan =
      plan_update(command<UpdateCommand>("L c 192.0.2.1 4000 f t"), Call({}).sessions(), only_ipv6);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error(), ErrorCode::kNoSuchFamily);
}

TEST(PlanUpdateRules, WhatServesIsChosenByTheConfiguration) {
  auto settings = kSettings;
  settings.serving = {1, 0};
  const auto local_address = [&](const char* text) {
    const auto plan = plan_update(command<UpdateCommand>(text), Call({}).sessions(), settings);
    return (*plan)->session.sides[kCallee].local_address;
  };
  EXPECT_EQ(local_address("U6 c 2001:db8::1 4000 f"), 1);
  EXPECT_EQ(local_address("U c 192.0.2.1 4000 f"), 0);
  settings.serving = {1};
  EXPECT_FALSE(plan_update(command<UpdateCommand>("U c 192.0.2.1 4000 f"), {}, settings));
}

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

struct LearningCase {
  abi::Learning configured;
  const char* text;
  abi::Learning expected;
};

class PlanLearning : public testing::TestWithParam<LearningCase> {};

TEST_P(PlanLearning, FollowsConfigurationAndModifier) {
  auto settings = kSettings;
  settings.learning = GetParam().configured;
  Call call({"f"});
  call[0].sides[kCaller].learning = abi::Learning::kAddress;
  const auto plan = plan_update(command<UpdateCommand>(GetParam().text), call.sessions(), settings);
  ASSERT_TRUE(plan && *plan);
  EXPECT_EQ((*plan)->session.sides[kCaller].learning, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, PlanLearning,
    testing::Values(
        LearningCase{abi::Learning::kAdaptive, "U c 192.0.2.1 4000 f", abi::Learning::kAdaptive},
        LearningCase{abi::Learning::kAdaptive, "US c 192.0.2.1 4000 f", abi::Learning::kAdaptive},
        LearningCase{abi::Learning::kFirstPacket, "UA c 192.0.2.1 4000 f", abi::Learning::kAddress},
        LearningCase{abi::Learning::kFirstPacket, "US c 192.0.2.1 4000 f",
                     abi::Learning::kFirstPacket},
        LearningCase{abi::Learning::kSignalled, "UA c 192.0.2.1 4000 f",
                     abi::Learning::kSignalled}));

struct ClaimCase {
  std::uint32_t before;
  const char* text;
  std::uint32_t after;
};

class PlanClaims : public testing::TestWithParam<ClaimCase> {};

TEST_P(PlanClaims, AreSetAndCleared) {
  Call call({"f"});
  call[0].control_flags = GetParam().before;
  const auto parsed = parse_command(GetParam().text);
  if (const auto* update = std::get_if<UpdateCommand>(&*parsed)) {
    const auto plan = plan_update(*update, call.sessions(), kSettings);
    EXPECT_EQ((*plan)->session.control_flags, GetParam().after);
  } else {
    const auto plans = plan_delete(std::get<DeleteCommand>(*parsed), call.sessions());
    EXPECT_EQ(plans->front().remaining_flags, GetParam().after);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, PlanClaims,
    testing::Values(ClaimCase{0, "U c 192.0.2.1 4000 f", kStrong},
                    ClaimCase{0, "UW c 192.0.2.1 4000 f", weak(Side::kCallee)},
                    ClaimCase{0, "UW c 192.0.2.1 4000 t f", weak(Side::kCaller)},
                    ClaimCase{0, "L c 192.0.2.1 4000 f t", 0},
                    ClaimCase{0, "LW c 192.0.2.1 4000 f t", weak(Side::kCaller)},
                    ClaimCase{0, "LW c 192.0.2.1 4000 t f", weak(Side::kCallee)},
                    ClaimCase{kStrong | weak(Side::kCallee), "D c f", weak(Side::kCallee)},
                    ClaimCase{kStrong | weak(Side::kCallee), "D c t f", weak(Side::kCallee)},
                    // The crossed sides: the caller's DW does not undo the caller's UW.
                    ClaimCase{weak(Side::kCallee), "DW c f", weak(Side::kCallee)},
                    ClaimCase{weak(Side::kCallee), "DW c t f", 0},
                    ClaimCase{weak(Side::kCaller), "DW c f t", 0}));

}  // namespace
}  // namespace mediaplane
