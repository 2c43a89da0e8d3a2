// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/recording_directory.h"

#include <cerrno>
#include <filesystem>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/media/files.h"
#include "tests/unit/temporary_directory.h"

namespace mediaplane {
namespace {

namespace fs = std::filesystem;

class RecordingDirectoryTest : public testing::Test {
 protected:
  RecordingDirectoryTest() {
    fs::create_directory(directory_);
    fs::create_directory(spool_);
  }

  static void write_to(const abi::FileDescriptor& file, const std::string& text) {
    ASSERT_EQ(write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  TemporaryDirectory temporary_;
  std::string directory_ = temporary_.file("rec");
  std::string spool_ = temporary_.file("spool");
};

TEST_F(RecordingDirectoryTest, MakesAFreshFileInThePlaceOfAnOldOne) {
  RecordingDirectory recordings(directory_, "");
  auto first = recordings.create("a");
  ASSERT_TRUE(first);
  write_to(*first, "old");
  auto second = recordings.create("a");
  ASSERT_TRUE(second);
  EXPECT_EQ(read_file(directory_ + "/a"), "");
  write_to(*first, " and still growing");
  EXPECT_EQ(read_file(directory_ + "/a"), "");
  struct stat status {};
  ASSERT_EQ(fstat(second->get(), &status), 0);
  EXPECT_EQ(status.st_mode & 0137, 0U);
  EXPECT_EQ(recordings.publish(*second, "a"), 0);
  EXPECT_TRUE(fs::exists(directory_ + "/a"));
}

TEST_F(RecordingDirectoryTest, FollowsNoLink) {
  write_file(temporary_.file("victim"), "precious");
  fs::create_symlink(temporary_.file("victim"), directory_ + "/a");
  RecordingDirectory recordings(directory_, "");
  auto file = recordings.create("a");
  ASSERT_TRUE(file);
  write_to(*file, "recorded");
  EXPECT_EQ(read_file(temporary_.file("victim")), "precious");
  EXPECT_FALSE(fs::is_symlink(directory_ + "/a"));
}

TEST_F(RecordingDirectoryTest, SaysWhatDoesNotWork) {
  RecordingDirectory recordings(directory_, "");
  fs::create_directory(directory_ + "/a");
  EXPECT_FALSE(recordings.create("a"));
  EXPECT_EQ(recordings.create(std::string(256, 'x')).error(), ENAMETOOLONG);
  fs::remove_all(directory_);
  EXPECT_EQ(recordings.create("b").error(), ENOENT);
  fs::create_directory(directory_);
  EXPECT_TRUE(recordings.create("b"));
}

TEST_F(RecordingDirectoryTest, PublishesWhatIsComplete) {
  RecordingDirectory recordings(directory_, spool_);
  auto file = recordings.create("a");
  ASSERT_TRUE(file);
  write_to(*file, "recorded");
  EXPECT_TRUE(fs::exists(spool_ + "/a"));
  EXPECT_TRUE(fs::is_empty(directory_));
  EXPECT_EQ(recordings.publish(*file, "a"), 0);
  EXPECT_TRUE(fs::is_empty(spool_));
  EXPECT_EQ(read_file(directory_ + "/a"), "recorded");
}

TEST_F(RecordingDirectoryTest, PublishesNotItsSuccessor) {
  RecordingDirectory recordings(directory_, spool_);
  auto first = recordings.create("a");
  auto second = recordings.create("a");
  ASSERT_TRUE(first && second);
  write_to(*second, "second");
  EXPECT_EQ(recordings.publish(*first, "a"), 0);
  EXPECT_TRUE(fs::is_empty(directory_));
  EXPECT_EQ(recordings.publish(*second, "a"), 0);
  EXPECT_EQ(read_file(directory_ + "/a"), "second");
}

TEST_F(RecordingDirectoryTest, PublishesAcrossFileSystems) {
  struct stat here {};
  struct stat there {};
  char other[] = "/dev/shm/mediaplane-XXXXXX";
  ASSERT_EQ(stat(directory_.c_str(), &here), 0);
  if (mkdtemp(other) == nullptr) GTEST_SKIP() << "no second file system at /dev/shm";
  ASSERT_EQ(stat(other, &there), 0);
  if (here.st_dev == there.st_dev) GTEST_SKIP() << "/dev/shm is the same file system";
  RecordingDirectory recordings(directory_, other);
  auto file = recordings.create("a");
  ASSERT_TRUE(file);
  const std::string content(200000, 'r');
  write_to(*file, content);
  EXPECT_EQ(recordings.publish(*file, "a"), 0);
  EXPECT_EQ(read_file(directory_ + "/a"), content);
  EXPECT_TRUE(fs::is_empty(other));
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()), 1);

  auto stays = recordings.create("b");
  ASSERT_TRUE(stays);
  fs::remove_all(directory_);
  EXPECT_EQ(recordings.publish(*stays, "b"), ENOENT);
  EXPECT_TRUE(fs::exists(std::string(other) + "/b"));
  fs::remove_all(other);
}

TEST_F(RecordingDirectoryTest, ChecksBeforeTheFirstCall) {
  EXPECT_TRUE(RecordingDirectory::check(directory_, ""));
  EXPECT_TRUE(RecordingDirectory::check(directory_, spool_));
  EXPECT_FALSE(RecordingDirectory::check(directory_, temporary_.file("none")));
  write_file(temporary_.file("file"), "");
  const auto checked = RecordingDirectory::check(temporary_.file("file"), "");
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().find(temporary_.file("file")), std::string::npos);
}

}  // namespace
}  // namespace mediaplane
