// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/protocol/parse.h"

#include <string>

#include <gtest/gtest.h>

#include "controlplane/protocol/reply.h"

namespace mediaplane {
namespace {

Endpoint endpoint(const char* ip, std::uint16_t udp_port) { return {*parse_ip(ip), udp_port}; }

UpdateCommand parsed_update(const std::string& text) {
  const auto command = parse_command(text);
  EXPECT_TRUE(command) << text;
  return command ? std::get<UpdateCommand>(*command) : UpdateCommand{};
}

TEST(Parse, OfferCarriesTheCallersAddress) {
  const auto offer = parsed_update("U call 192.0.2.1 4000 from;1 to;1");
  EXPECT_EQ(offer.kind, UpdateKind::kOffer);
  EXPECT_EQ(offer.parties.call_id, "call");
  EXPECT_EQ(offer.parties.from_tag, "from;1");
  EXPECT_EQ(offer.parties.to_tag, "to;1");
  EXPECT_EQ(offer.media, endpoint("192.0.2.1", 4000));
  EXPECT_EQ(offer.family, IpFamily::kIpv4);
}

TEST(Parse, ToTagMayBeAbsent) {
  EXPECT_FALSE(parsed_update("l call 192.0.2.1 4000 from").parties.to_tag);
  EXPECT_EQ(parsed_update("l call 192.0.2.1 4000 from").kind, UpdateKind::kAnswer);
}

TEST(Parse, ModifiersComeInEitherCaseAndTheLastOneCounts) {
  EXPECT_EQ(parsed_update("U c 192.0.2.1 4000 f").is_symmetric, std::nullopt);
  EXPECT_EQ(parsed_update("UA c 192.0.2.1 4000 f").is_symmetric, false);
  EXPECT_EQ(parsed_update("usa c 192.0.2.1 4000 f").is_symmetric, false);
  EXPECT_EQ(parsed_update("UAS c 192.0.2.1 4000 f").is_symmetric, true);
  EXPECT_TRUE(parsed_update("Lw c 192.0.2.1 4000 f").is_weak);
  EXPECT_EQ(parsed_update("U66 c 2001:db8::1 4000 f").media, endpoint("2001:db8::1", 4000));
}

TEST(Parse, NetworksAreNamedTwiceAtMostAndOnlyBetweenTwo) {
  const auto parsed = [](const char* text) { return parse_command(text, {true}); };
  const auto command = parsed("UiE c 192.0.2.1 4000 f");
  ASSERT_TRUE(command);
  EXPECT_EQ(std::get<UpdateCommand>(*command).networks,
            (std::vector{Network::kInternal, Network::kExternal}));
  EXPECT_EQ(parsed("UEIE c 192.0.2.1 4000 f").error(), ErrorCode::kExternalNetwork);
  EXPECT_EQ(parsed("LEEI c 192.0.2.1 4000 f").error(), ErrorCode::kInternalNetwork);
  EXPECT_EQ(parse_command("LE c 192.0.2.1 4000 f").error(), ErrorCode::kExternalNetwork);
}

TEST(Parse, DeletionKnowsOneModifier) {
  const auto command = parse_command("DW c f t");
  ASSERT_TRUE(command);
  const auto& deletion = std::get<DeleteCommand>(*command);
  EXPECT_TRUE(deletion.is_weak);
  EXPECT_EQ(deletion.parties.to_tag, "t");
}

TEST(Parse, CapabilityIsAskedByItsDate) {
  const auto command = parse_command("vF 20050322\r\n");
  ASSERT_TRUE(command);
  EXPECT_EQ(std::get<CapabilityCommand>(*command).date, "20050322");
}

TEST(Parse, QueryNamesItsCounters) {
  const auto command = parse_command("Qv c f t ttl nrelayed");
  ASSERT_TRUE(command);
  const auto& query = std::get<QueryCommand>(*command);
  EXPECT_TRUE(query.is_verbose);
  EXPECT_EQ(query.parties.to_tag, "t");
  EXPECT_EQ(query.counters, (std::vector<std::string>{"ttl", "nrelayed"}));
}

TEST(Parse, CodecsEndAtTheFirstByteThatIsNeitherDigitNorComma) {
  EXPECT_EQ(parsed_update("U c 192.0.2.1 4000 f").codecs, "");
  EXPECT_EQ(parsed_update("UC0,8,101 c 192.0.2.1 4000 f").codecs, "0,8,101");
  const auto offer = parsed_update("UAc8,101W c 192.0.2.1 4000 f");
  EXPECT_EQ(offer.codecs, "8,101");
  EXPECT_EQ(offer.is_symmetric, false);
  EXPECT_TRUE(offer.is_weak);
  // The digits that look like another modifier are none.
  EXPECT_EQ(parsed_update("LC96 c 192.0.2.1 4000 f").family, IpFamily::kIpv4);
  EXPECT_EQ(parsed_update("LC, c 192.0.2.1 4000 f").codecs, ",");
}

PlayCommand parsed_play(const std::string& text) {
  const auto command = parse_command(text);
  EXPECT_TRUE(command) << text;
  return command ? std::get<PlayCommand>(*command) : PlayCommand{};
}

TEST(Parse, PlayHasACountAPromptAndCodecs) {
  const auto play = parsed_play("p-1 c /prompts/busy 8,0 f t");
  EXPECT_EQ(play.count, -1);
  EXPECT_EQ(play.stem, "/prompts/busy");
  EXPECT_EQ(play.codecs, "8,0");
  EXPECT_EQ(play.parties.from_tag, "f");
  EXPECT_EQ(play.parties.to_tag, "t");
  EXPECT_EQ(parsed_play("P c prompt session f").count, 1);
  EXPECT_EQ(parsed_play("P0 c prompt session f").count, 0);
  EXPECT_EQ(parsed_play("P12 c prompt session f").count, 12);
  EXPECT_FALSE(parsed_play("P c prompt session f").parties.to_tag);
}

TEST(Parse, RecordingBeginsAndEnds) {
  EXPECT_FALSE(std::get<RecordCommand>(*parse_command("R c f t")).in_one_file);
  EXPECT_TRUE(std::get<RecordCommand>(*parse_command("rs c f")).in_one_file);
  EXPECT_FALSE(std::get<EndRecordingCommand>(*parse_command("N c f t")).of_both);
  EXPECT_TRUE(std::get<EndRecordingCommand>(*parse_command("na c f")).of_both);
  EXPECT_EQ(std::get<StopCommand>(*parse_command("S c f t")).parties.to_tag, "t");
}

TEST(Parse, InformationMayTellTheLoad) {
  EXPECT_TRUE(std::get<InformationCommand>(*parse_command("Ibl")).with_load);
  EXPECT_FALSE(std::get<InformationCommand>(*parse_command("IB")).with_load);
}

struct AddressCase {
  const char* command;
  std::optional<Endpoint> media;
};

class ParseAddress : public testing::TestWithParam<AddressCase> {};

TEST_P(ParseAddress, IsTakenOrLeft) {
  EXPECT_EQ(parsed_update(GetParam().command).media, GetParam().media);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ParseAddress,
    testing::Values(AddressCase{"U c 0.0.0.0 4000 f", {}}, AddressCase{"U6 c :: 4000 f", {}},
                    AddressCase{"U c 1.2.3 4000 f", {}}, AddressCase{"U c ? x f", {}},
                    AddressCase{"U c ::1 4000 f", {}}, AddressCase{"U6 c : 4000 f", {}},
                    AddressCase{"U c 192.168.100.1000 4000 f", {}},
                    AddressCase{"U c 192.0.2.1 0 f", endpoint("192.0.2.1", 0)},
                    AddressCase{"U c 192.0.2.1 65535 f", endpoint("192.0.2.1", 65535)},
                    AddressCase{"U c 192.0.2.1 99999 f", endpoint("192.0.2.1", 34463)},
                    AddressCase{"U6 c ::1 4000 f", endpoint("::1", 4000)}));

struct ErrorCase {
  std::string command;
  int error;
};

class ParseError : public testing::TestWithParam<ErrorCase> {};

TEST_P(ParseError, HasItsNumber) {
  const auto command = parse_command(GetParam().command);
  ASSERT_FALSE(command) << GetParam().command;
  EXPECT_EQ(static_cast<int>(command.error()), GetParam().error) << GetParam().command;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ParseError,
    testing::Values(
        ErrorCase{"", 5}, ErrorCase{"HELLO", 0}, ErrorCase{"?", 0}, ErrorCase{"G x", 0},
        ErrorCase{"C c x f", 0}, ErrorCase{"P c prompt 0", 1}, ErrorCase{"Px c prompt 0 f", 17},
        ErrorCase{"P1x c prompt 0 f", 17}, ErrorCase{"P-- c prompt 0 f", 17},
        ErrorCase{"P99999999999 c prompt 0 f", 17}, ErrorCase{"Sx c f", 2}, ErrorCase{"Sx c", 1},
        ErrorCase{"RP c f", 6}, ErrorCase{"RSP c f", 6}, ErrorCase{"Rx c f", 7},
        ErrorCase{"R c", 1}, ErrorCase{"Nx c f", 7}, ErrorCase{"NAx c f", 6},
        ErrorCase{"NxA c f", 7}, ErrorCase{"UC c 192.0.2.1 4000 f", 14},
        ErrorCase{"UAC c 192.0.2.1 4000 f", 14}, ErrorCase{"UC0C8 c 192.0.2.1 4000 f", 14},
        ErrorCase{"UC0q c 192.0.2.1 4000 f", 35}, ErrorCase{"UCq c 192.0.2.1 4000 f", 14},
        ErrorCase{"c1", 1}, ErrorCase{"S c", 1}, ErrorCase{"N c f t x", 1}, ErrorCase{"X x", 1},
        ErrorCase{"Xx", 2}, ErrorCase{"I x", 1}, ErrorCase{"Ix", 18}, ErrorCase{"Qx c f", 19},
        ErrorCase{"Q c", 1}, ErrorCase{"Q c f t 1 2 3 4 5 6 7 8 9 10 11 12", 1},
        ErrorCase{"V x", 1}, ErrorCase{"VX", 2}, ErrorCase{"V20040107", 2}, ErrorCase{"VF", 1},
        ErrorCase{"VF a b", 1}, ErrorCase{"VF20040107", 1}, ErrorCase{"VFx 20040107", 2},
        ErrorCase{"U", 1}, ErrorCase{"Uq c 192.0.2.1 4000", 1},
        ErrorCase{"Uq c 192.0.2.1 4000 f", 35}, ErrorCase{"U\xff c 192.0.2.1 4000 f", 35},
        ErrorCase{"UE c 192.0.2.1 4000 f", 11}, ErrorCase{"ui c 192.0.2.1 4000 f", 12},
        ErrorCase{"U c 999.1.1.1 4000 f", 37}, ErrorCase{"U c 192.0.2.1 abc f", 37},
        ErrorCase{"U c 192.0.2.1 -1 f", 37}, ErrorCase{"U c 0.0.0.0 x f", 37},
        ErrorCase{"U c 2001:db8::1 4000 f", 37}, ErrorCase{"U6 c 192.0.2.1 4000 f", 37},
        ErrorCase{"U c proxy.example 4000 f", 37}, ErrorCase{"U c 192.0.2.1 4000 f sock tag", 75},
        ErrorCase{"U c 192.0.2.1 4000 f t sock tag", 75},
        ErrorCase{"U c 192.0.2.1 4000 f t s t x", 1}, ErrorCase{"L c 192.0.2.1 4000 f t x", 1},
        ErrorCase{"D c", 1}, ErrorCase{"D c f t x", 1}, ErrorCase{"DELETE c f", 8},
        ErrorCase{"V && V", 3}, ErrorCase{"VX && V", 2},
        ErrorCase{"U c 192.0.2.1 4000 f && D", 3}));

TEST(Reply, EndsInOneNewline) {
  EXPECT_EQ(error_reply(ErrorCode::kNoSuchSession), "E50\n");
  EXPECT_EQ(number_reply(0), "0\n");
  EXPECT_EQ(endpoint_reply(endpoint("192.0.2.1", 35000)), "35000 192.0.2.1\n");
  EXPECT_EQ(endpoint_reply(endpoint("2001:db8::1", 35000)), "35000 2001:db8::1 6\n");
}

}  // namespace
}  // namespace mediaplane
