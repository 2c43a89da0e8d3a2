// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/protocol/tokens.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mediaplane {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string words(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "w ";
  return text;
}

std::string with_sub_commands(int count) {
  std::string text = "U";
  for (int i = 0; i < count; ++i) text += " && D";
  return text;
}

TEST(Tokens, AreSeparatedByRunsOfBlanks) {
  const auto text = tokenize(" U\t\tc1 \r\n a \n");
  ASSERT_TRUE(text);
  EXPECT_THAT(text->command, ElementsAre("U", "c1", "a"));
  EXPECT_THAT(text->sub_commands, IsEmpty());
}

TEST(Tokens, AreOpaqueBytes) {
  const auto text = tokenize("D \"c%n'\xff\xfe f;1&&2");
  ASSERT_TRUE(text);
  EXPECT_THAT(text->command, ElementsAre("D", "\"c%n'\xff\xfe", "f;1&&2"));
}

TEST(Tokens, SubCommandsBeginBehindTheWordForIt) {
  const auto text = tokenize("Q c f && D && S ttl=1");
  ASSERT_TRUE(text);
  EXPECT_THAT(text->command, ElementsAre("Q", "c", "f"));
  EXPECT_THAT(text->sub_commands, ElementsAre(ElementsAre("D"), ElementsAre("S", "ttl=1")));
}

struct SyntaxCase {
  std::string name;
  std::string text;
  bool is_good;
};

class TokensSyntax : public testing::TestWithParam<SyntaxCase> {};

TEST_P(TokensSyntax, IsChecked) {
  const auto text = tokenize(GetParam().text);
  EXPECT_EQ(text.has_value(), GetParam().is_good);
  if (!text) {
    EXPECT_EQ(text.error(), ErrorCode::kSyntax);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, TokensSyntax,
    testing::Values(SyntaxCase{"Empty", "", false}, SyntaxCase{"OnlyBlanks", " \r\n\t", false},
                    SyntaxCase{"MostWords", words(23), true},
                    SyntaxCase{"TooManyWords", words(24), false},
                    SyntaxCase{"TooManyWordsInSubCommand", "U && " + words(24), false},
                    SyntaxCase{"NulByte", std::string("V\0", 2), false},
                    SyntaxCase{"NulInsideWord", std::string("D c\0d f", 7), false},
                    SyntaxCase{"EmptySubCommand", "U c &&", false},
                    SyntaxCase{"EmptyCommand", "&& V", false},
                    SyntaxCase{"TwoSeparators", "U && && D", false},
                    SyntaxCase{"MostSubCommands", with_sub_commands(15), true},
                    SyntaxCase{"TooManySubCommands", with_sub_commands(16), false}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace mediaplane
