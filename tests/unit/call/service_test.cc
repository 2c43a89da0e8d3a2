// SPDX-License-Identifier: BSD-2-Clause
// The pure rules: matching, sides, families, claims.
#include "controlplane/call/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/call/service_fixture.h"

namespace mediaplane {
namespace {

using abi::Side;

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
                    FamilyCase{{"f1", "f1;1", "f1;2"}, "f1", {}, {0, 1, 2}},
                    FamilyCase{{"f1;1", "f1", "f1;2"}, "f1", {}, {0, 1, 2}},
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

std::vector<std::uint32_t> sessions_of_delete(const Call& call, const char* text) {
  std::vector<std::uint32_t> sessions;
  const auto command = std::get<DeleteCommand>(*parse_command(text));
  const auto plans = plan_delete(command, call.sessions());
  for (const auto& plan : *plans) sessions.push_back(plan.session.index);
  return sessions;
}

TEST(PlanDelete, StopsAtTheExactTagThatItEnds) {
  Call call({"f1;1", "f1", "f1;2"});
  for (std::size_t i = 0; i < 3; ++i) call[i].control_flags = kStrong;
  EXPECT_EQ(sessions_of_delete(call, "D c f1"), (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(sessions_of_delete(call, "D c f1;2"), (std::vector<std::uint32_t>{2}));
  call[1].control_flags = kStrong | weak(Side::kCaller);
  EXPECT_EQ(sessions_of_delete(call, "D c f1"), (std::vector<std::uint32_t>{0, 1, 2}));
}

}  // namespace
}  // namespace mediaplane
