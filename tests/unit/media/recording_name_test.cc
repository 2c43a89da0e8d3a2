// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/recording_name.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace mediaplane {
namespace {

struct NameRow {
  std::string call_id;
  std::string from_tag;
  std::string name;
};

class RecordingName : public testing::TestWithParam<NameRow> {};

TEST_P(RecordingName, Is) {
  EXPECT_EQ(recording_name(GetParam().call_id, GetParam().from_tag), GetParam().name);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RecordingName,
    testing::Values(NameRow{"c1", "f1", "c1=f1"}, NameRow{"c1", "f1;2", "c1=f1;2"},
                    NameRow{"1-28048@10.99.0.10", "28048uac1", "1-28048@10.99.0.10=28048uac1"},
                    NameRow{"a*b+c'~(d)<e>:\"[f]?{g}!-_", "x", "a*b+c'~(d)<e>:\"[f]?{g}!-_=x"},
                    NameRow{"a/b", "c/d", "a%2Fb=c%2Fd"}, NameRow{"..", "..", "%2E.=.."},
                    NameRow{"../../etc/x", "f", "%2E.%2F..%2Fetc%2Fx=f"},
                    NameRow{"%2F", "100%", "%252F=100%25"}, NameRow{"a=b", "c", "a%3Db=c"},
                    NameRow{"a", "b=c", "a=b=c"}, NameRow{"a\nb\x7f\x01", "t", "a%0Ab%7F%01=t"},
                    NameRow{"caf\xc3\xa9", "\xff", "caf\xc3\xa9=\xff"},
                    NameRow{".hidden", "f", "%2Ehidden=f"}, NameRow{"a.b", ".c", "a.b=.c"}));

TEST(RecordingNames, LongOnesAreCutAndStayApart) {
  const std::string fits(kMaxRecordingName - 2, 'c');
  EXPECT_EQ(recording_name(fits, "t"), fits + "=t");
  const std::string longer = fits + "c";
  const auto one = recording_name(longer, "t");
  EXPECT_EQ(one.size(), kMaxRecordingName);
  EXPECT_EQ(one.substr(0, 200), std::string(200, 'c'));
  EXPECT_NE(one.find("%_"), one.npos);
  EXPECT_EQ(recording_name(longer, "t"), one);
  EXPECT_NE(recording_name(longer, "u"), one);
  EXPECT_NE(recording_name(longer + "c", "t"), one);
  EXPECT_EQ(recording_name(std::string(7000, '/'), "t").size(), kMaxRecordingName);
}

TEST(RecordingNames, NoneLeadsAnywhere) {
  for (int first = 1; first < 256; ++first) {
    for (int second = 1; second < 256; ++second) {
      const auto name =
          recording_name(std::string{static_cast<char>(first), static_cast<char>(second)},
                         std::string{static_cast<char>(second), static_cast<char>(first)});
      EXPECT_EQ(name.find('/'), name.npos);
      EXPECT_NE(name.front(), '.');
      EXPECT_TRUE(std::none_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
      }));
    }
  }
}

}  // namespace
}  // namespace mediaplane
