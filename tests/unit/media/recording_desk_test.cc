// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/recording_desk.h"

#include <cstring>
#include <random>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "controlplane/media/recording_format.h"
#include "tests/unit/media/files.h"
#include "tests/unit/media/rings.h"
#include "tests/unit/temporary_directory.h"

namespace mediaplane {
namespace {

using abi::Component;
using abi::Side;

constexpr RecordingDesk::Place kCaller{{3, 9}, Side::kCaller, 1};
constexpr RecordingDesk::Place kCallee{{3, 9}, Side::kCallee, 2};

class RecordingDeskTest : public testing::Test {
 protected:
  std::shared_ptr<RecordingFile> file(const char* name) {
    return std::make_shared<RecordingFile>(
        abi::FileDescriptor(
            open(directory_.file(name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640)),
        name, 0);
  }

  RecordingDesk::SideFiles files(const char* rtp, const char* rtcp = nullptr) {
    return {{file(rtp), rtcp == nullptr ? nullptr : file(rtcp)}};
  }

  static abi::CopiedPacket copy_of(Side side, Component component) {
    abi::CopiedPacket copy;
    copy.microseconds = 500000;
    copy.session = {3, 9};
    copy.side = side;
    copy.component = component;
    copy.udp_port = 35000;
    copy.source = {*parse_ip("192.0.2.1"), 4000};
    return copy;
  }

  // What becomes of it when it has come over a ring.
  bool take(const abi::CopiedPacket& copy, const std::string& payload,
            abi::MessageType type = abi::MessageType::kCopy) {
    EXPECT_TRUE(abi::send(rings_.copies[0], type, 0, abi::as_bytes_of(copy),
                          std::as_bytes(std::span(payload))));
    abi::Message message;
    EXPECT_EQ(abi::receive(rings_.theirs->copies[0], message), abi::Receipt::kMessage);
    return desk_.take(message, 1000000);
  }

  std::size_t size_of(const char* name) { return read_file(directory_.file(name)).size(); }

  TemporaryDirectory directory_;
  TestRings rings_;
  RecordingDesk desk_{RecordingFormat::kAdHoc, {*parse_ip("192.0.2.9")}};
};

constexpr std::size_t kHead = kAdHocHeadBytes;

TEST_F(RecordingDeskTest, SortsBySideAndComponent) {
  desk_.start(kCaller, files("o.rtp", "o.rtcp"));
  desk_.start(kCallee, files("a.rtp"));
  EXPECT_TRUE(take(copy_of(Side::kCaller, Component::kRtp), "1"));
  EXPECT_TRUE(take(copy_of(Side::kCaller, Component::kRtcp), "22"));
  EXPECT_TRUE(take(copy_of(Side::kCallee, Component::kRtp), "333"));
  EXPECT_TRUE(take(copy_of(Side::kCallee, Component::kRtcp), "4444"));
  desk_.flush();
  EXPECT_EQ(size_of("o.rtp"), kHead + 1);
  EXPECT_EQ(size_of("o.rtcp"), kHead + 2);
  EXPECT_EQ(size_of("a.rtp"), kHead + 3);
  const auto text = read_file(directory_.file("o.rtp"));
  double seconds = 0;
  std::memcpy(&seconds, text.data() + 20, sizeof seconds);
  EXPECT_EQ(seconds, 1.5);
}

TEST_F(RecordingDeskTest, LeavesWhatNobodyRecords) {
  desk_.start(kCaller, files("o.rtp"));
  auto copy = copy_of(Side::kCaller, Component::kRtp);
  copy.session = {3, 8};
  EXPECT_TRUE(take(copy, "stale"));
  copy.session = {2, 9};
  EXPECT_TRUE(take(copy, "of another"));
  desk_.flush();
  EXPECT_EQ(size_of("o.rtp"), 0U);
}

TEST_F(RecordingDeskTest, AFileIsFinishedWhenBothSidesHaveEnded) {
  const auto shared = file("one");
  EXPECT_FALSE(desk_.file_to_share(kCallee.session, kCallee.side));
  desk_.start(kCaller, {{shared, shared}, true});
  EXPECT_FALSE(desk_.file_to_share(kCaller.session, kCaller.side));
  EXPECT_EQ(desk_.file_to_share(kCallee.session, kCallee.side), shared);
  desk_.start(kCallee, {{shared, shared}, true});
  EXPECT_TRUE(take(copy_of(Side::kCaller, Component::kRtp), "1"));
  EXPECT_TRUE(take(copy_of(Side::kCallee, Component::kRtcp), "2"));
  EXPECT_TRUE(desk_.stop(kCaller).empty());
  EXPECT_TRUE(take(copy_of(Side::kCallee, Component::kRtp), "3"));
  EXPECT_TRUE(take(copy_of(Side::kCaller, Component::kRtp), "4"));
  const auto finished = desk_.stop(kCallee);
  ASSERT_EQ(finished.size(), 1U);
  EXPECT_EQ(finished[0], shared);
  EXPECT_TRUE(desk_.is_empty());
  shared->flush();
  EXPECT_EQ(size_of("one"), 3 * (kHead + 1));
}

TEST_F(RecordingDeskTest, ASuccessorIsNotStoppedWithItsPredecessor) {
  desk_.start(kCaller, files("first"));
  desk_.announce_end(kCaller);
  EXPECT_TRUE(take(copy_of(Side::kCaller, Component::kRtp), "1"));
  const RecordingDesk::Place successor{{3, 9}, Side::kCaller, 7};
  const auto left = desk_.start(successor, files("second"));
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0]->name(), "first");
  EXPECT_TRUE(desk_.stop(kCaller).empty());
  EXPECT_TRUE(take(copy_of(Side::kCaller, Component::kRtp), "22"));
  desk_.flush();
  EXPECT_EQ(size_of("second"), kHead + 2);
  EXPECT_EQ(desk_.stop(successor).size(), 1U);
  EXPECT_TRUE(desk_.is_empty());
}

TEST_F(RecordingDeskTest, AFileThatIsToEndIsNotShared) {
  const auto shared = file("one");
  desk_.start(kCaller, {{shared, shared}, true});
  desk_.announce_end(kCaller);
  EXPECT_FALSE(desk_.file_to_share(kCallee.session, kCallee.side));
  desk_.start(kCallee, files("o.rtp"));
  EXPECT_FALSE(desk_.file_to_share(kCaller.session, kCaller.side));
}

TEST_F(RecordingDeskTest, StopsAll) {
  const auto shared = file("one");
  desk_.start(kCaller, files("a", "b"));
  desk_.start({{2, 8}, Side::kCallee, 3}, files("c"));
  desk_.start({{1, 8}, Side::kCallee, 4}, {{shared, shared}, true});
  desk_.start({{1, 8}, Side::kCaller, 5}, {{shared, shared}, true});
  EXPECT_EQ(desk_.stop_all().size(), 4U);
  EXPECT_TRUE(desk_.is_empty());
  EXPECT_TRUE(desk_.stop(kCaller).empty());
}

TEST_F(RecordingDeskTest, RefusesWhatMakesNoSense) {
  desk_.start(kCaller, files("o.rtp"));
  const auto good = copy_of(Side::kCaller, Component::kRtp);
  EXPECT_FALSE(take(good, "x", abi::MessageType::kReply));
  auto copy = good;
  copy.side = static_cast<Side>(2);
  EXPECT_FALSE(take(copy, "x"));
  copy = good;
  copy.component = static_cast<Component>(2);
  EXPECT_FALSE(take(copy, "x"));
  copy = good;
  copy.local_address = 1;
  EXPECT_FALSE(take(copy, "x"));
  copy = good;
  copy.source.ip.family = IpFamily::kIpv6;
  EXPECT_FALSE(take(copy, "x"));
  copy.source.ip.family = static_cast<IpFamily>(5);
  EXPECT_FALSE(take(copy, "x"));
  EXPECT_FALSE(take(good, std::string(abi::kMaxPacketPayload + 1, 'x')));
  EXPECT_TRUE(take(good, std::string(abi::kMaxPacketPayload, 'x')));
  EXPECT_TRUE(take(good, ""));
  desk_.flush();
  EXPECT_EQ(size_of("o.rtp"), 2 * kHead + abi::kMaxPacketPayload);
}

TEST_F(RecordingDeskTest, SurvivesAnyBytes) {
  desk_.start({{0, 0}, Side::kCaller, 1}, files("o.rtp"));
  std::mt19937 random(1);
  for (int i = 0; i < 100000; ++i) {
    std::array<std::uint8_t, 64> garbage{};
    for (auto& byte : garbage) byte = static_cast<std::uint8_t>(random() % 4 == 0 ? random() : 0);
    const auto body = std::as_bytes(std::span(garbage)).first(random() % 65);
    ASSERT_TRUE(abi::send(rings_.copies[0], abi::MessageType::kCopy, 0, body));
    abi::Message message;
    ASSERT_EQ(abi::receive(rings_.theirs->copies[0], message), abi::Receipt::kMessage);
    desk_.take(message, random());
  }
}

}  // namespace
}  // namespace mediaplane
