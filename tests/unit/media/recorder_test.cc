// SPDX-License-Identifier: BSD-2-Clause
// The recorder with its thread, from the rings to the files.
#include "controlplane/media/recorder.h"

#include <filesystem>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "controlplane/media/recording_format.h"
#include "tests/unit/media/files.h"
#include "tests/unit/media/rings.h"
#include "tests/unit/temporary_directory.h"

namespace mediaplane {
namespace {

namespace fs = std::filesystem;
using abi::Component;
using abi::Side;
using testing::UnorderedElementsAre;

class RecorderTest : public testing::Test {
 protected:
  RecorderTest() {
    config_.directory = temporary_.file("rec");
    fs::create_directory(config_.directory);
    fs::create_directory(temporary_.file("spool"));
  }

  void make() {
    recorder_ = std::make_unique<Recorder>(config_, std::vector{*parse_ip("192.0.2.9")});
    recorder_->use(rings_.theirs);
  }

  std::unique_ptr<Recording> start(Side side, bool in_one_file = false) {
    return recorder_->start({{3, 9}, side, "call", "tag;1", in_one_file});
  }

  void copy(Side side, Component component, const std::string& payload) {
    abi::CopiedPacket copy;
    copy.session = {3, 9};
    copy.side = side;
    copy.component = component;
    copy.udp_port = 35000;
    copy.source = {*parse_ip("192.0.2.1"), 4000};
    ASSERT_TRUE(rings_.send_copy(copy, std::as_bytes(std::span(payload))));
  }

  // "name(size)"
  std::vector<std::string> files(const std::string& directory) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory)) {
      names.push_back(entry.path().filename().string() + "(" + std::to_string(entry.file_size()) +
                      ")");
    }
    return names;
  }
  std::vector<std::string> files() { return files(config_.directory); }

  // The thread needs a moment; a test that waits here for long fails.
  static bool comes_true(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  TemporaryDirectory temporary_;
  RecordingConfig config_;
  TestRings rings_;
  std::unique_ptr<Recorder> recorder_;
};

TEST_F(RecorderTest, FilesAreThereAtOnce) {
  make();
  const auto caller = start(Side::kCaller);
  ASSERT_TRUE(caller);
  EXPECT_THAT(files(), UnorderedElementsAre("call=tag;1.o.rtp(0)", "call=tag;1.o.rtcp(0)"));
  const auto callee = start(Side::kCallee);
  EXPECT_EQ(files().size(), 4U);
  EXPECT_EQ(recorder_->copied(), abi::kCopyRtp | abi::kCopyRtcp);
}

TEST_F(RecorderTest, WithoutRtcp) {
  config_.rtcp = false;
  make();
  const auto recording = start(Side::kCallee);
  EXPECT_THAT(files(), UnorderedElementsAre("call=tag;1.a.rtp(0)"));
  EXPECT_EQ(recorder_->copied(), abi::kCopyRtp);
}

TEST_F(RecorderTest, WhatCameBeforeTheEndIsInTheFile) {
  make();
  auto recording = start(Side::kCaller);
  for (int i = 0; i < 20; ++i) copy(Side::kCaller, Component::kRtp, std::string(10, 'x'));
  copy(Side::kCallee, Component::kRtp, "of nobody");
  recording.reset();
  recorder_.reset();
  EXPECT_THAT(files(), UnorderedElementsAre("call=tag;1.o.rtp(800)", "call=tag;1.o.rtcp(0)"));
  EXPECT_TRUE(rings_.theirs->copies[0].is_empty());
}

TEST_F(RecorderTest, IsWrittenAtLeastOnceASecond) {
  make();
  const auto recording = start(Side::kCaller);
  copy(Side::kCaller, Component::kRtp, "0123456789");
  EXPECT_TRUE(
      comes_true([&] { return read_file(config_.directory + "/call=tag;1.o.rtp").size() == 40; }));
}

TEST_F(RecorderTest, BeginsAnewWhenItIsRepeated) {
  make();
  auto recording = start(Side::kCaller);
  copy(Side::kCaller, Component::kRtp, "old");
  ASSERT_TRUE(comes_true([&] { return rings_.copies[0].is_empty(); }));
  recording.reset();
  recording = start(Side::kCaller);
  copy(Side::kCaller, Component::kRtp, "newer");
  recording.reset();
  recorder_.reset();
  EXPECT_THAT(files(), UnorderedElementsAre("call=tag;1.o.rtp(35)", "call=tag;1.o.rtcp(0)"));
}

TEST_F(RecorderTest, PcapInOneFileForBothParties) {
  config_.format = RecordingFormat::kPcap;
  make();
  auto caller = start(Side::kCaller, true);
  EXPECT_THAT(files(), UnorderedElementsAre("call=tag;1.pcap(24)"));
  auto callee = start(Side::kCallee, true);
  copy(Side::kCaller, Component::kRtp, "1234");
  copy(Side::kCallee, Component::kRtcp, "1234");
  caller.reset();
  callee.reset();
  recorder_.reset();
  const auto record = 16 + 14 + 20 + 8 + 4;
  EXPECT_THAT(files(),
              UnorderedElementsAre("call=tag;1.pcap(" + std::to_string(24 + 2 * record) + ")"));
}

TEST_F(RecorderTest, OneFileEndsAndBeginsAgain) {
  make();
  auto caller = start(Side::kCaller, true);
  auto callee = start(Side::kCallee, true);
  caller.reset();
  caller = start(Side::kCaller, true);  // Joins the other side's file.
  copy(Side::kCallee, Component::kRtp, "1234");
  callee.reset();
  caller.reset();
  ASSERT_TRUE(
      comes_true([&] { return read_file(config_.directory + "/call=tag;1").size() == 34; }));
  caller = start(Side::kCaller, true);
  EXPECT_THAT(files(), UnorderedElementsAre("call=tag;1(0)"));
}

TEST_F(RecorderTest, MovesFromTheSpoolWhenItIsComplete) {
  config_.spool_directory = temporary_.file("spool");
  make();
  auto recording = start(Side::kCaller);
  copy(Side::kCaller, Component::kRtp, "0123456789");
  EXPECT_EQ(files(config_.spool_directory).size(), 2U);
  EXPECT_TRUE(files().empty());
  recording.reset();
  ASSERT_TRUE(comes_true([&] { return files().size() == 2; }));
  EXPECT_THAT(files(), UnorderedElementsAre("call=tag;1.o.rtp(40)", "call=tag;1.o.rtcp(0)"));
  EXPECT_TRUE(files(config_.spool_directory).empty());
}

TEST_F(RecorderTest, GoesOnUnderTheNextDataplane) {
  make();
  auto recording = start(Side::kCaller);
  copy(Side::kCaller, Component::kRtp, "0123456789");
  recorder_->use(nullptr);
  TestRings next;
  recorder_->use(next.theirs);
  rings_.theirs.reset();
  std::swap(rings_, next);
  copy(Side::kCaller, Component::kRtp, "0123456789");
  recording.reset();
  recorder_.reset();
  EXPECT_THAT(files(), UnorderedElementsAre("call=tag;1.o.rtp(80)", "call=tag;1.o.rtcp(0)"));
}

TEST_F(RecorderTest, GarbageEndsOneRingAndNothingElse) {
  make();
  auto recording = start(Side::kCaller);
  copy(Side::kCaller, Component::kRtp, "0123456789");
  ASSERT_TRUE(comes_true([&] { return rings_.copies[0].is_empty(); }));
  ASSERT_TRUE(abi::send(rings_.copies[0], abi::MessageType::kReply, 0, {}));
  copy(Side::kCaller, Component::kRtp, "0123456789");
  recording.reset();
  TestRings next;
  recorder_->use(next.theirs);
  std::swap(rings_, next);
  recording = start(Side::kCaller);
  copy(Side::kCaller, Component::kRtp, "1234");
  recording.reset();
  recorder_.reset();
  EXPECT_THAT(files(), UnorderedElementsAre("call=tag;1.o.rtp(34)", "call=tag;1.o.rtcp(0)"));
}

TEST_F(RecorderTest, WithoutDescriptorsThereIsNoRecording) {
  make();
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit none{0, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto refused = start(Side::kCaller);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_FALSE(refused);
  EXPECT_TRUE(start(Side::kCaller));
}

TEST_F(RecorderTest, ADirectoryThatComesBackIsUsedAgain) {
  config_.spool_directory = temporary_.file("spool");
  fs::remove_all(config_.spool_directory);
  make();
  EXPECT_FALSE(start(Side::kCaller));
  fs::create_directory(config_.spool_directory);
  EXPECT_TRUE(start(Side::kCaller));
}

TEST_F(RecorderTest, GoesOnBehindTheLastWholePacketOfAFormerRun) {
  make();
  auto recording = start(Side::kCaller);
  copy(Side::kCaller, Component::kRtp, std::string(10, 'x'));
  recorder_->leave();
  recording.reset();
  recorder_.reset();
  const auto path = config_.directory + "/call=tag;1.o.rtp";
  ASSERT_EQ(fs::file_size(path), 40U);
  fs::resize_file(path, 39);  // It died while it wrote.
  make();
  recording = recorder_->start({{3, 9}, Side::kCaller, "call", "tag;1", false, true});
  ASSERT_TRUE(recording);
  copy(Side::kCaller, Component::kRtp, std::string(20, 'y'));
  recording.reset();
  recorder_.reset();
  EXPECT_EQ(fs::file_size(path), 50U);
}

TEST_F(RecorderTest, WhatIsLeftToTheNextRunStaysInTheSpool) {
  config_.spool_directory = temporary_.file("spool");
  config_.rtcp = false;
  make();
  auto ended = start(Side::kCallee);
  auto left = start(Side::kCaller);
  ended.reset();
  recorder_->leave();
  left.reset();
  recorder_.reset();
  EXPECT_THAT(files(), UnorderedElementsAre("call=tag;1.a.rtp(0)"));
  EXPECT_THAT(files(config_.spool_directory), UnorderedElementsAre("call=tag;1.o.rtp(0)"));
  make();
  left = recorder_->start({{3, 9}, Side::kCaller, "call", "tag;1", false, true});
  left.reset();
  recorder_.reset();
  EXPECT_EQ(files().size(), 2U);
}

TEST_F(RecorderTest, AFileThatIsGoneBeginsAnew) {
  config_.rtcp = false;
  make();
  EXPECT_TRUE(recorder_->start({{3, 9}, Side::kCaller, "call", "tag;1", false, true}));
  EXPECT_THAT(files(), UnorderedElementsAre("call=tag;1.o.rtp(0)"));
}

TEST_F(RecorderTest, AFileOfAnotherFormatIsLeftAlone) {
  config_.rtcp = false;
  const auto path = config_.directory + "/call=tag;1.o.rtp";
  write_file(path, "something else");
  for (const auto format : {RecordingFormat::kAdHoc, RecordingFormat::kPcap}) {
    config_.format = format;
    make();
    EXPECT_FALSE(recorder_->start({{3, 9}, Side::kCaller, "call", "tag;1", false, true}));
    recorder_.reset();
    EXPECT_EQ(fs::file_size(path), 14U);
  }
}

}  // namespace
}  // namespace mediaplane
