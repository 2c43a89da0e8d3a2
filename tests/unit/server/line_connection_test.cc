// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/server/line_connection.h"

#include <gtest/gtest.h>

#include "controlplane/protocol/exchange.h"

namespace mediaplane {
namespace {

TEST(LineConnection, PartialLineWaits) {
  LineConnection lines;
  lines.receive("V");
  EXPECT_FALSE(lines.next());
  lines.receive("\nVF 1\n");
  EXPECT_EQ(lines.next()->command, "V");
  EXPECT_EQ(lines.next()->command, "VF 1");
  EXPECT_FALSE(lines.next());
}

TEST(LineConnection, RepliesLeaveInTheOrderOfTheCommands) {
  LineConnection lines;
  lines.receive("a\nb\nc\n");
  const auto a = lines.next()->place;
  const auto b = lines.next()->place;
  const auto c = lines.next()->place;
  lines.reply(b, "B\n");
  EXPECT_EQ(lines.output(), "");
  lines.reply(a, "A\n");
  EXPECT_EQ(lines.output(), "A\nB\n");
  lines.written(3);
  EXPECT_EQ(lines.output(), "\n");
  lines.reply(c, "C\n");
  EXPECT_EQ(lines.output(), "\nC\n");
  EXPECT_FALSE(lines.is_settled());
  lines.written(3);
  EXPECT_TRUE(lines.is_settled());
}

TEST(LineConnection, LongestLineIsACommandAndALongerOneIsNone) {
  LineConnection lines;
  lines.receive(std::string(kMaxCommandBytes, 'x'));
  EXPECT_FALSE(lines.is_line_too_long());
  lines.receive("\n");
  EXPECT_EQ(lines.next()->command.size(), kMaxCommandBytes);
  lines.receive(std::string(kMaxCommandBytes + 1, 'x'));
  EXPECT_TRUE(lines.is_line_too_long());
  lines.receive("\n");
  EXPECT_TRUE(lines.is_line_too_long());
  EXPECT_FALSE(lines.next());
}

TEST(LineConnection, DoesNotListenToWhoDoesNotRead) {
  LineConnection lines;
  for (int i = 0; i < 1000; ++i) lines.receive("V\n");
  std::vector<LineConnection::Place> places;
  while (const auto line = lines.next()) places.push_back(line->place);
  EXPECT_FALSE(lines.has_room());
  EXPECT_LT(places.size(), 100U);
  lines.reply(places.front(), std::string(100'000, 'x'));
  EXPECT_FALSE(lines.next());
  lines.written(100'000);
  EXPECT_TRUE(lines.next());
}

}  // namespace
}  // namespace mediaplane
