// SPDX-License-Identifier: BSD-2-Clause
// A control plane that finds sessions in the data plane: two executors one after the other, and
// between them the records as the data plane keeps them.
#include <algorithm>
#include <map>
#include <memory>

#include <gmock/gmock.h>

#include "tests/unit/call/executor_fixture.h"

namespace mediaplane {
namespace {

using abi::MessageType;
using abi::Side;

class TakeoverTest : public ExecutorFixture {
 protected:
  // What the first executor has told, as it stands in the call records.
  void keep_records() {
    for (const auto& sent : link_.sent) {
      if (sent.type == MessageType::kSetSession) write_record(sent);
      if (sent.type == MessageType::kRemoveSession) record(sent.id.index).session = {};
    }
  }
  void write_record(const RecordingLink::Sent& sent) {
    auto& to = record(sent.id.index);
    to.session = sent.session;
    // The prompts of a control plane that is gone have ended.
    for (auto& side : to.session.sides) {
      side.flags = static_cast<std::uint16_t>(side.flags & ~abi::kPlaying);
    }
    to.session.call_id_length = static_cast<std::uint16_t>(sent.call_id.size());
    to.session.from_tag_length = static_cast<std::uint16_t>(sent.from_tag.size());
    to.session.extra_length = static_cast<std::uint32_t>(sent.extra.size());
    const auto text = sent.call_id + sent.from_tag + sent.extra;
    const auto head = std::min(text.size(), to.identifiers.size());
    std::memcpy(to.identifiers.data(), text.data(), head);
    if (text.size() == head) return;
    to.first_block = 0;  // The one block that there is.
    auto& block = link_.region()->record_block(0);
    ASSERT_LE(text.size() - head, block.bytes.size());
    std::memcpy(block.bytes.data(), text.data() + head, text.size() - head);
  }
  abi::CallRecord& record(std::uint32_t index) { return link_.region()->call_record(index); }

  // The next one starts, and attaches.
  void restart(const Config& config = sequential_config()) {
    keep_records();
    link_.sent.clear();
    next_ = std::make_unique<Executor>(config, link_, MediaServices{&player_, &recorder_});
    next_->on_attached(now_);
    confirm_next();
  }
  void confirm_next() {
    for (std::size_t i = 0; i < link_.sent.size(); ++i) {
      if (answered_ <= i) next_->on_reply(link_.sent[i].request, abi::Status::kDone, now_);
    }
    answered_ = link_.sent.size();
  }
  std::string ask_next(const std::string& command) {
    std::string answer = "no answer";
    next_->execute(command, now_,
                   [&](const std::string& reply) { answer = reply.substr(0, reply.size() - 1); });
    confirm_next();
    return answer;
  }

  std::unique_ptr<Executor> next_;
  std::size_t answered_ = 0;
};

TEST_F(TakeoverTest, NothingIsToldAndEverythingAnswersAsBefore) {
  attach();
  const auto callee_port = ask("U c1 192.0.2.1 4000 f");
  const auto caller_port = ask("L c1 192.0.2.2 5000 f t");
  const auto other = ask("U c2 192.0.2.1 4000 f;1");
  restart();
  EXPECT_EQ(link_.sent.size(), 1U);  // To synchronize.
  EXPECT_EQ(ask_next("U c1 192.0.2.1 4000 f"), callee_port);
  EXPECT_EQ(ask_next("L c1 192.0.2.2 5000 f t"), caller_port);
  EXPECT_EQ(ask_next("U c2 192.0.2.1 4000 f;1"), other);
  EXPECT_EQ(ask_next("D c1 f t"), "0");
  EXPECT_EQ(ask_next("D c1 f t"), "E50");
  EXPECT_EQ(ask_next("D c2 f"), "0");
}

TEST_F(TakeoverTest, NoUdpPortAndNoIdIsHandedOutTwice) {
  attach();
  ask("U c1 192.0.2.1 4000 f");
  ask("L c1 192.0.2.2 5000 f t");
  ask("U c2 192.0.2.1 4000 f");
  ask("U c3 192.0.2.1 4000 f");
  ask("D c2 f");
  restart();
  // 35000, 35002 and 35006 are out of ten pairs, and two of eight ids.
  std::vector<std::string> ports;
  for (int i = 0; i < 6; ++i)
    ports.push_back(ask_next("U n" + std::to_string(i) + " 192.0.2.1 4000 f"));
  EXPECT_THAT(ports, testing::UnorderedElementsAre("35004 192.0.2.9", "35008 192.0.2.9",
                                                   "35010 192.0.2.9", "35012 192.0.2.9",
                                                   "35014 192.0.2.9", "35016 192.0.2.9"));
  EXPECT_EQ(ask_next("U n6 192.0.2.1 4000 f"), "E72");  // No id is left.
  std::vector<std::uint32_t> indexes;
  for (const auto& sent : link_.sent) {
    if (sent.type == MessageType::kSetSession) indexes.push_back(sent.id.index);
  }
  std::ranges::sort(indexes);
  EXPECT_THAT(indexes, testing::ElementsAre(1, 3, 4, 5, 6, 7));
  EXPECT_EQ(ask_next("D c1 f t"), "0");
  EXPECT_EQ(ask_next("U n6 192.0.2.1 4000 f"), "35018 192.0.2.9");  // The others rest.
}

TEST_F(TakeoverTest, WeakClaimsGoOn) {
  attach();
  ask("UW c 192.0.2.1 4000 f");
  ask("U c 192.0.2.1 4000 f");
  restart();
  EXPECT_EQ(ask_next("D c f"), "0");
  EXPECT_EQ(ask_next("U c 192.0.2.1 4000 f"), "35000 192.0.2.9");
}

TEST_F(TakeoverTest, StreamsOfACallKeepTheirOrder) {
  attach();
  ask("U c1 192.0.2.1 4000 f");
  ask("U c2 192.0.2.1 4000 a");
  ask("D c1 f");
  for (int i = 0; i < 6; ++i) ask("U x" + std::to_string(i) + " 192.0.2.1 4000 f");
  ask("U c2 192.0.2.1 4000 b");  // In the first one's place, before its elder in the records.
  const auto* first = "35002 192.0.2.9";
  EXPECT_EQ(ask("L c2 192.0.2.2 5000 z a"), ask("L c2 192.0.2.2 5000 z a"));
  const auto before = ask("U c2 192.0.2.1 4000 b a");
  restart();
  EXPECT_EQ(ask_next("U c2 192.0.2.1 4000 b a"), before);
  EXPECT_EQ(ask_next("U c2 192.0.2.1 4000 a"), first);
}

TEST_F(TakeoverTest, RecordingsGoOn) {
  attach();
  ask("U c 192.0.2.1 4000 f");
  ask("L c 192.0.2.2 5000 f t");
  ask("RS c f t");
  ASSERT_EQ(recorder_.started.size(), 1U);
  restart();
  ASSERT_EQ(recorder_.started.size(), 2U);
  EXPECT_TRUE(recorder_.started[1]->goes_on);
  EXPECT_TRUE(recorder_.started[1]->in_one_file);
  EXPECT_EQ(recorder_.started[1]->side, recorder_.started[0]->side);
  EXPECT_EQ(link_.sent.size(), 1U);
  EXPECT_EQ(ask_next("N c f t"), "0");
}

TEST_F(TakeoverTest, ARecordingThatCannotGoOnIsCopiedNoMore) {
  attach();
  ask("U c 192.0.2.1 4000 f");
  ask("R c f");
  recorder_.room = 0;
  restart();
  ASSERT_EQ(link_.sent.size(), 2U);
  for (const auto& side : link_.sent[1].session.sides) EXPECT_EQ(side.flags, 0);
}

TEST_F(TakeoverTest, PromptsGoOnFromTheirBegin) {
  attach();
  ask("U c 192.0.2.1 4000 f");
  ask("Lc8,0 c 192.0.2.2 5000 f t");
  ask("P3 c " + std::string(200, 's') + " 8,0 f t");
  const auto& before = *player_.opened.at(0);
  const auto began = now_;
  pass(std::chrono::milliseconds(100));
  restart();
  ASSERT_EQ(player_.opened.size(), 2U);
  const auto& after = *player_.opened[1];
  EXPECT_EQ(after.stem, before.stem);
  EXPECT_EQ(after.codecs, before.codecs);
  EXPECT_EQ(after.count, 3);
  EXPECT_EQ(after.start, before.start);
  EXPECT_EQ(after.side, before.side);
  EXPECT_EQ(after.session, before.session);
  EXPECT_EQ(after.goes_on, began);
  ASSERT_EQ(link_.sent.size(), 2U);
  EXPECT_NE(last_sent(before.side).flags & abi::kPlaying, 0);
  EXPECT_EQ(ask_next("S c f t"), "0");
  EXPECT_TRUE(after.is_gone);
  EXPECT_EQ(last_sent(before.side).flags & abi::kPlaying, 0);
}

TEST_F(TakeoverTest, LearnedEndpointsStayTheDataPlanes) {
  attach();
  ask("U c 192.0.2.1 4000 f");
  keep_records();
  record(0).session.sides[0].learned_rtp = {*parse_ip("198.51.100.1"), 7000};
  link_.sent.clear();
  restart();
  ask_next("U c 192.0.2.1 4000 f");
  EXPECT_FALSE(link_.sent.back().session.sides[0].learned_rtp.is_set());
}

TEST_F(TakeoverTest, TimeCountsFromTheTakeover) {
  link_.region()->header().tick.store(1'000'000);
  attach();
  ask("U c 192.0.2.1 4000 f");
  pass(std::chrono::seconds(50));
  restart();
  EXPECT_EQ(ask_next("Q c f ttl").substr(0, 3), "60 ");
}

struct Scribble {
  const char* name;
  void (*edit)(abi::CallRecord& record, abi::Region region);
};

class ScribbledRecord : public TakeoverTest, public testing::WithParamInterface<Scribble> {};

TEST_P(ScribbledRecord, IsRemovedAndTheOthersAreTakenOver) {
  attach();
  ask("U bad 192.0.2.1 4000 f");
  ask("U good 192.0.2.1 4000 " + std::string(100, 'f'));
  keep_records();
  GetParam().edit(record(0), *link_.region());
  const auto broken = record(0).session.id.generation;
  link_.sent.clear();
  restart();
  ASSERT_EQ(link_.sent.size(), broken == 0 ? 1U : 2U);
  const auto told = broken == 0 ? MessageType::kSynchronize : MessageType::kRemoveSession;
  EXPECT_EQ(link_.sent.back().type, told);
  EXPECT_EQ(ask_next("U good 192.0.2.1 4000 " + std::string(100, 'f')), "35002 192.0.2.9");
  EXPECT_EQ(ask_next("D bad f"), "E50");
}

INSTANTIATE_TEST_SUITE_P(
    Takeover, ScribbledRecord,
    testing::Values(
        Scribble{"Nobody", [](auto& r, auto) { r.session.id.generation = 0; }},
        Scribble{"OtherIndex", [](auto& r, auto) { r.session.id.index = 5; }},
        Scribble{"OddPort", [](auto& r, auto) { r.session.sides[0].udp_port = 35001; }},
        Scribble{"PortOfAnother",
                 [](auto& r, auto region) {
                   r.session.created = region.call_record(1).session.created + 1;
                   r.session.sides[0].udp_port = 35002;
                 }},
        Scribble{"BothSidesOnOnePort", [](auto& r, auto) { r.session.sides[1].udp_port = 35000; }},
        Scribble{"NoSuchAddress", [](auto& r, auto) { r.session.sides[0].local_address = 9; }},
        Scribble{"NoSuchFlag", [](auto& r, auto) { r.session.sides[0].flags = 0x8000; }},
        Scribble{"NoCallId", [](auto& r, auto) { r.session.call_id_length = 0; }},
        Scribble{"TooLong", [](auto& r, auto) { r.session.extra_length = 0xffffffff; }},
        Scribble{"ChainBreaks",
                 [](auto& r, auto) {
                   r.session.from_tag_length = 2000;
                   r.first_block = 7;
                 }},
        Scribble{"AlwaysBeingWritten", [](auto& r, auto) { r.version.store(1); }}),
    [](const auto& row) { return row.param.name; });

TEST_F(TakeoverTest, AChainInACircleEnds) {
  attach();
  ask("U c 192.0.2.1 4000 f");
  keep_records();
  record(0).session.from_tag_length = 5000;
  record(0).first_block = 0;
  link_.region()->record_block(0).next = 0;
  link_.sent.clear();
  restart();
  EXPECT_EQ(ask_next("U c 192.0.2.1 4000 f"), "35002 192.0.2.9");  // Its tag is another one.
}

TEST_F(TakeoverTest, AnyExtraIsReadWithoutHarm) {
  std::string bytes;
  for (int i = 0; i < 2000; ++i) {
    decoded_extra(bytes);
    bytes += static_cast<char>((i * 7919) >> 3);
  }
}

TEST_F(TakeoverTest, ADataPlaneThatDiesMeanwhileGetsTheSessionsBack) {
  attach();
  ask("U c 192.0.2.1 4000 f");
  ask("P c prompt 0 t f");
  keep_records();
  link_.sent.clear();
  next_ =
      std::make_unique<Executor>(sequential_config(), link_, MediaServices{&player_, &recorder_});
  next_->on_attached(now_);
  next_->on_reply(link_.sent.back().request, abi::Status::kDone, now_);  // All stands still.
  next_->on_lost(now_);
  for (std::uint32_t i = 0; i < 8; ++i) record(i).session = {};
  ++link_.region()->header().layout.instance;
  answered_ = link_.sent.size();
  next_->on_attached(now_);
  confirm_next();
  EXPECT_EQ(link_.sent.back().call_id, "c");
  EXPECT_EQ(ask_next("U c 192.0.2.1 4000 f"), "35000 192.0.2.9");
}

TEST_F(TakeoverTest, WhoKnowsBetterRemovesWhatItDoesNotKnow) {
  attach();
  ask("U c 192.0.2.1 4000 f");
  executor_.on_lost(now_);
  record(5).session.id = {5, 77};
  record(5).session.call_id_length = 3;
  confirmed_ = link_.sent.size();
  executor_.on_attached(now_);
  confirm_all();
  ASSERT_GE(link_.sent.size(), 3U);
  EXPECT_EQ(link_.sent[link_.sent.size() - 2].type, MessageType::kRemoveSession);
  EXPECT_EQ(link_.sent[link_.sent.size() - 2].id, (abi::SessionId{5, 77}));
  EXPECT_EQ(link_.sent.back().call_id, "c");
}

}  // namespace
}  // namespace mediaplane
