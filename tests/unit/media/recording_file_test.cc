// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/recording_file.h"

#include <csignal>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/unit/media/files.h"
#include "tests/unit/temporary_directory.h"

namespace mediaplane {
namespace {

std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

class RecordingFileTest : public testing::Test {
 protected:
  RecordingFile make() {
    return RecordingFile(
        abi::FileDescriptor(open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640)),
        "name", 0);
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_.file("file");
};

TEST_F(RecordingFileTest, GathersBeforeItWrites) {
  auto file = make();
  file.append(bytes("head1"), bytes("payload1"));
  file.append(bytes("head2"), bytes(""));
  EXPECT_EQ(read_file(path_), "");
  EXPECT_EQ(file.packets(), 0U);
  file.flush();
  EXPECT_EQ(read_file(path_), "head1payload1head2");
  EXPECT_EQ(file.packets(), 2U);
  file.flush();
  EXPECT_EQ(read_file(path_), "head1payload1head2");
}

TEST_F(RecordingFileTest, WritesWhenItHasGatheredMuch) {
  auto file = make();
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    const auto payload = std::string(100, static_cast<char>('a' + i % 26));
    file.append(bytes("h"), bytes(payload));
    all += "h" + payload;
  }
  const auto written = read_file(path_);
  EXPECT_GT(written.size(), all.size() - 16384);
  EXPECT_EQ(written, all.substr(0, written.size()));
  file.flush();
  EXPECT_EQ(read_file(path_), all);
  EXPECT_EQ(file.packets(), 1000U);
  EXPECT_EQ(file.lost(), 0U);
}

TEST_F(RecordingFileTest, AFullDiskLosesPacketsAndCountsThem) {
  RecordingFile file(abi::FileDescriptor(open("/dev/full", O_WRONLY | O_CLOEXEC)), "name", 0);
  file.append(bytes("head"), bytes("payload"));
  file.append(bytes("head"), bytes("payload"));
  file.flush();
  EXPECT_EQ(file.lost(), 2U);
  EXPECT_EQ(file.packets(), 0U);
  file.append(bytes("head"), bytes("payload"));
  file.flush();
  EXPECT_EQ(file.lost(), 3U);
}

// What is in the file when the disk is full ends with a whole packet, and goes on when it is not.
TEST_F(RecordingFileTest, HoldsWholePacketsOnly) {
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
  auto file = make();
  file.append(bytes("1234"), bytes("abcdef"));
  file.flush();
  const rlimit small{25, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  file.append(bytes("1234"), bytes("ghijkl"));
  file.append(bytes("1234"), bytes("mnopqr"));
  file.flush();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  std::signal(SIGXFSZ, before);
  EXPECT_EQ(read_file(path_), "1234abcdef");
  EXPECT_EQ(file.packets(), 1U);
  EXPECT_EQ(file.lost(), 2U);
  file.append(bytes("1234"), bytes("stuvwx"));
  file.flush();
  EXPECT_EQ(read_file(path_), "1234abcdef1234stuvwx");
  EXPECT_EQ(file.packets(), 2U);
}

}  // namespace
}  // namespace mediaplane
