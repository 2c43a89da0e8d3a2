// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/link/ring_link.h"

#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "tests/unit/link/fake_dataplane.h"
#include "tests/unit/temporary_directory.h"

namespace mediaplane {
namespace {

using std::chrono::milliseconds;
using testing::_;
using testing::InSequence;
using testing::StrictMock;

constexpr std::uint32_t kSessions = 16;

class MockEvents : public LinkEvents {
 public:
  MOCK_METHOD(void, on_attached, (Time), (override));
  MOCK_METHOD(void, on_lost, (Time), (override));
  MOCK_METHOD(void, on_reply, (RequestNumber, abi::Status, Time), (override));
  MOCK_METHOD(void, on_learned, (const abi::Learned&), (override));
};

abi::Hello hello() {
  abi::Hello hello;
  hello.session_capacity = kSessions;
  hello.local_addresses.count = 1;
  hello.local_addresses.addresses[0] = *parse_ip("192.0.2.9");
  return hello;
}

class RingLinkTest : public testing::Test {
 protected:
  void start_dataplane() { dataplane_ = std::make_unique<FakeDataplane>(path_, kSessions); }

  // As the main loop does it: poll() only when the descriptor says so.
  void poll_once() {
    pollfd waited{link_.descriptor(), POLLIN, 0};
    if (::poll(&waited, 1, 0) > 0) link_.poll(now_, events_);
  }

  void attempt() {
    now_ += kAttachInterval;
    link_.tick(now_, events_);
  }

  void attach() {
    start_dataplane();
    attempt();
    ASSERT_TRUE(dataplane_->accept());
    dataplane_->welcome();
    EXPECT_CALL(events_, on_attached(_)).WillOnce([this] { EXPECT_NE(link_.region(), nullptr); });
    poll_once();
    ASSERT_NE(link_.region(), nullptr);
  }

  void expect_loss() {
    EXPECT_CALL(events_, on_lost(_)).WillOnce([this] { EXPECT_NE(link_.region(), nullptr); });
    poll_once();
    EXPECT_EQ(link_.region(), nullptr);
    EXPECT_FALSE(link_.synchronize(1));
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_.file("dataplane.sock");
  RingLink link_{path_, hello()};
  StrictMock<MockEvents> events_;
  std::unique_ptr<FakeDataplane> dataplane_;
  Time now_{};
};

TEST_F(RingLinkTest, SaysHelloAndTakesTheWelcome) {
  attach();
  EXPECT_EQ(dataplane_->hello().magic, abi::kMagic);
  EXPECT_EQ(dataplane_->hello().local_addresses, hello().local_addresses);
  dataplane_->region().header().tick.store(77);
  EXPECT_EQ(link_.region()->header().tick.load(), 77U);
}

TEST_F(RingLinkTest, WaitsForADataplaneThatComesLater) {
  attempt();
  EXPECT_EQ(link_.region(), nullptr);
  EXPECT_FALSE(link_.synchronize(1));
  attach();
}

TEST_F(RingLinkTest, CarriesASessionWithItsIdentifiers) {
  attach();
  abi::Session session;
  session.id = {3, 9};
  session.sides[0].udp_port = 35000;
  ASSERT_TRUE(link_.set_session(5, session, "call", "tag", "more"));
  EXPECT_TRUE(dataplane_->is_doorbell_rung());
  const auto message = dataplane_->receive();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->header().type, abi::MessageType::kSetSession);
  EXPECT_EQ(message->header().request, 5U);
  abi::Session received;
  std::span<const std::byte> identifiers;
  ASSERT_TRUE(message->read(received, identifiers));
  EXPECT_EQ(received.id, session.id);
  EXPECT_EQ(received.sides[0], session.sides[0]);
  EXPECT_EQ(received.call_id_length, 4);
  EXPECT_EQ(received.from_tag_length, 3);
  EXPECT_EQ(received.extra_length, 4U);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(identifiers.data()), identifiers.size()),
            "calltagmore");
}

TEST_F(RingLinkTest, CarriesRemovals) {
  attach();
  ASSERT_TRUE(link_.remove_session(6, {3, 9}));
  ASSERT_TRUE(link_.synchronize(7));
  auto message = dataplane_->receive();
  abi::SessionId id;
  std::span<const std::byte> rest;
  ASSERT_TRUE(message && message->read(id, rest));
  EXPECT_EQ(message->header().type, abi::MessageType::kRemoveSession);
  EXPECT_EQ(id, (abi::SessionId{3, 9}));
  message = dataplane_->receive();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->header().type, abi::MessageType::kSynchronize);
  EXPECT_EQ(message->header().request, 7U);
}

TEST_F(RingLinkTest, FullRingTakesNothing) {
  attach();
  RequestNumber request = 0;
  while (request < 1000 && link_.synchronize(request)) ++request;
  EXPECT_LT(request, 1000U);
  EXPECT_TRUE(dataplane_->receive());
  EXPECT_TRUE(link_.synchronize(request));
}

TEST_F(RingLinkTest, ReportsRepliesAndLearnedEndpointsInOrder) {
  attach();
  abi::Learned learned;
  learned.session = {3, 9};
  learned.side = abi::Side::kCaller;
  dataplane_->reply(1, abi::Status::kDone);
  dataplane_->send_event(abi::MessageType::kLearned, abi::as_bytes_of(learned));
  dataplane_->reply(2, abi::Status::kTableFull);
  const InSequence in_order;
  EXPECT_CALL(events_, on_reply(1, abi::Status::kDone, _));
  EXPECT_CALL(events_, on_learned(_)).WillOnce([](const abi::Learned& got) {
    EXPECT_EQ(got.session, (abi::SessionId{3, 9}));
  });
  EXPECT_CALL(events_, on_reply(2, abi::Status::kTableFull, _));
  poll_once();
}

TEST_F(RingLinkTest, NoticesThatTheDataplaneIsGoneAndComesBack) {
  attach();
  dataplane_->disconnect();
  expect_loss();
  dataplane_.reset();
  std::filesystem::remove(path_);
  attach();
}

struct Garbage {
  const char* name;
  abi::MessageType type;
  std::vector<std::uint8_t> body;
};

class RingLinkGarbage : public RingLinkTest, public testing::WithParamInterface<Garbage> {};

TEST_P(RingLinkGarbage, EndsTheAttachment) {
  attach();
  dataplane_->send_event(GetParam().type, std::as_bytes(std::span(GetParam().body)));
  expect_loss();
  // The doorbell of the lost data plane, which it still holds, does not wake anybody any more.
  dataplane_->reply(1, abi::Status::kDone);
  poll_once();
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RingLinkGarbage,
    testing::Values(Garbage{"UnknownType", static_cast<abi::MessageType>(99), {}},
                    Garbage{"CommandToUs", abi::MessageType::kSynchronize, {}},
                    Garbage{"ShortReply", abi::MessageType::kReply, {0, 0, 0, 0}},
                    Garbage{"LongReply", abi::MessageType::kReply, {0, 0, 0, 0, 0, 0, 0, 0, 0}},
                    Garbage{"UnknownStatus", abi::MessageType::kReply, {9, 0, 0, 0, 0, 0, 0, 0}},
                    Garbage{"ShortLearned", abi::MessageType::kLearned, {1, 2, 3}}),
    [](const auto& row) { return row.param.name; });

// Welcomes that must not end in an attachment; the next attempt must still be made.
class RingLinkRefusal : public RingLinkTest {
 protected:
  void begin() {
    start_dataplane();
    attempt();
    ASSERT_TRUE(dataplane_->accept());
  }

  void expect_refusal() {
    poll_once();
    EXPECT_EQ(link_.region(), nullptr);
    attempt();
    EXPECT_TRUE(dataplane_->accept());
    dataplane_->welcome();
    EXPECT_CALL(events_, on_attached(_));
    poll_once();
    EXPECT_NE(link_.region(), nullptr);
  }
};

TEST_F(RingLinkRefusal, ByTheDataplane) {
  begin();
  dataplane_->refuse("other addresses");
  expect_refusal();
}

TEST_F(RingLinkRefusal, OfAnotherVersion) {
  begin();
  dataplane_->welcome([](abi::Welcome& welcome) { welcome.version = 99; });
  expect_refusal();
}

TEST_F(RingLinkRefusal, OfRingsTooLarge) {
  begin();
  dataplane_->welcome([](abi::Welcome& welcome) { welcome.event_ring_slots = 1U << 31; });
  expect_refusal();
}

TEST_F(RingLinkRefusal, OfRingsLargerThanTheirMemory) {
  begin();
  dataplane_->welcome([](abi::Welcome& welcome) { welcome.event_ring_slots = 1U << 16; });
  expect_refusal();
}

TEST_F(RingLinkRefusal, OfARegionSmallerThanTold) {
  begin();
  dataplane_->welcome([](abi::Welcome& welcome) { welcome.region_size = 1U << 30; });
  expect_refusal();
}

TEST_F(RingLinkRefusal, OfRubbish) {
  begin();
  dataplane_->send_raw("rubbish");
  expect_refusal();
}

TEST_F(RingLinkRefusal, OfASocketThatCloses) {
  begin();
  dataplane_->disconnect();
  expect_refusal();
}

}  // namespace
}  // namespace mediaplane
