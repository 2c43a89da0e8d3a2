// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/abi/ids.h"

#include <gtest/gtest.h>

namespace mediaplane::abi {
namespace {

TEST(Ids, FlowIndexIsDenseAndComesApartAgain) {
  FlowIndex expected = 0;
  for (std::uint32_t session = 0; session < 3; ++session) {
    for (const auto side : {Side::kCallee, Side::kCaller}) {
      for (const auto component : {Component::kRtp, Component::kRtcp}) {
        const auto flow = flow_index(session, side, component);
        EXPECT_EQ(flow, expected++);
        EXPECT_EQ(session_of(flow), session);
        EXPECT_EQ(side_of(flow), side);
        EXPECT_EQ(component_of(flow), component);
      }
    }
  }
}

TEST(Ids, OtherSideOfTheOtherIsTheSame) {
  EXPECT_EQ(other(Side::kCallee), Side::kCaller);
  EXPECT_EQ(other(Side::kCaller), Side::kCallee);
}

TEST(Ids, GenerationsTellSessionsApart) {
  EXPECT_EQ((SessionId{5, 1}), (SessionId{5, 1}));
  EXPECT_NE((SessionId{5, 1}), (SessionId{5, 2}));
  EXPECT_NE((SessionId{5, 1}), (SessionId{6, 1}));
}

}  // namespace
}  // namespace mediaplane::abi
