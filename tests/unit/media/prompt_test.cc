// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/prompt.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/media/files.h"
#include "tests/unit/temporary_directory.h"

namespace mediaplane {
namespace {

class PromptTest : public testing::Test {
 protected:
  void write(const char* name, std::size_t bytes) {
    write_file(directory_.file(name), std::string(bytes, 'x'));
  }

  // The payload type that is played; -1 if none can be.
  int played(std::string_view codecs) {
    const auto prompt = files_.open(stem_, codecs);
    return prompt ? prompt->format().payload_type : -1;
  }

  TemporaryDirectory directory_;
  std::string stem_ = directory_.file("prompt");
  PromptFiles files_;
};

TEST_F(PromptTest, TheFirstThatOpensIsPlayed) {
  write("prompt.0", 80);
  write("prompt.8", 80);
  EXPECT_EQ(played("18,8,0"), 8);
  EXPECT_EQ(played("0"), 0);
  EXPECT_EQ(played("18"), -1);
  EXPECT_EQ(played("008"), 8);
}

TEST_F(PromptTest, WhatIsNoTypeEndsTheList) {
  write("prompt.0", 80);
  for (const auto* codecs : {"", "abc", "18,abc,0", "18,,0", ",0", "-1,0", "128,0", "0x0", " 0"}) {
    EXPECT_EQ(played(codecs), -1) << codecs;
  }
  EXPECT_EQ(played("0,abc"), 0);
}

TEST_F(PromptTest, IsAFileOfASizeToBePlayed) {
  ASSERT_EQ(mkdir(directory_.file("prompt.0").c_str(), 0700), 0);
  ASSERT_EQ(mkfifo(directory_.file("prompt.8").c_str(), 0600), 0);
  write("prompt.3", 0);
  ASSERT_EQ(truncate(directory_.file("prompt.3").c_str(), kMaxPromptBytes + 1), 0);
  EXPECT_EQ(played("0,8,3"), -1);
}

struct FormatRow {
  const char* name;
  const char* codecs;
  std::size_t packet_bytes;
  unsigned packet_milliseconds;
  std::uint32_t timestamp_step;
};

class PromptFormats : public PromptTest, public testing::WithParamInterface<FormatRow> {};

TEST_P(PromptFormats, IsCutIntoWholePackets) {
  const auto& row = GetParam();
  write((std::string("prompt.") + row.codecs).c_str(), 3 * row.packet_bytes + row.packet_bytes - 1);
  const auto prompt = files_.open(stem_, row.codecs);
  ASSERT_TRUE(prompt);
  EXPECT_EQ(prompt->packets(), 3U);
  EXPECT_EQ(prompt->packet(2).size(), row.packet_bytes);
  EXPECT_EQ(prompt->format().packet_milliseconds, row.packet_milliseconds);
  EXPECT_EQ(prompt->format().timestamp_step(), row.timestamp_step);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, PromptFormats,
    testing::Values(FormatRow{"Pcmu", "0", 80, 10, 80}, FormatRow{"Gsm", "3", 33, 20, 160},
                    FormatRow{"G723", "4", 24, 30, 240}, FormatRow{"Pcma", "8", 80, 10, 80},
                    FormatRow{"G722", "9", 80, 10, 80}, FormatRow{"G729", "18", 10, 10, 80}),
    [](const auto& row) { return row.param.name; });

TEST_F(PromptTest, OfAnotherTypeHasNoPackets) {
  write("prompt.111", 4000);
  const auto prompt = files_.open(stem_, "111");
  ASSERT_TRUE(prompt);
  EXPECT_EQ(prompt->packets(), 0U);
}

TEST_F(PromptTest, IsSharedUntilItsFileChanges) {
  write("prompt.0", 800);
  const auto first = files_.open(stem_, "0");
  EXPECT_EQ(files_.open(stem_, "0"), first);
  write("prompt.0", 1600);
  const auto second = files_.open(stem_, "0");
  EXPECT_NE(second, first);
  EXPECT_EQ(first->packets(), 10U);
  EXPECT_EQ(second->packets(), 20U);
}

}  // namespace
}  // namespace mediaplane
