// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/session_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mediaplane {
namespace {

CallSession session(std::uint32_t index, const char* call_id, const char* from_tag) {
  CallSession session;
  session.call_id = call_id;
  session.from_tag = from_tag;
  session.state.id = {index, 7};
  return session;
}

TEST(SessionStore, KeepsTheSessionsOfACallInTheOrderOfCreation) {
  SessionStore store(4);
  store.insert(session(3, "c", "f;1"));
  store.insert(session(0, "c", "f;2"));
  store.insert(session(1, "d", "f"));
  const auto sessions = store.sessions_of("c");
  ASSERT_EQ(sessions.size(), 2U);
  EXPECT_EQ(sessions[0]->from_tag, "f;1");
  EXPECT_EQ(sessions[1]->from_tag, "f;2");
  EXPECT_EQ(store.size(), 3U);
  EXPECT_THAT(store.call_ids(), testing::ElementsAre("c", "d"));
}

TEST(SessionStore, FindsOnlyTheRightGeneration) {
  SessionStore store(4);
  store.insert(session(3, "c", "f"));
  EXPECT_NE(store.find({3, 7}), nullptr);
  EXPECT_EQ(store.find({3, 8}), nullptr);
  EXPECT_EQ(store.find({2, 7}), nullptr);
  EXPECT_EQ(store.find({4, 7}), nullptr);
}

TEST(SessionStore, ForgetsWhatIsTaken) {
  SessionStore store(4);
  store.insert(session(3, "c", "f"));
  EXPECT_EQ(store.take({3, 7}).from_tag, "f");
  EXPECT_EQ(store.find({3, 7}), nullptr);
  EXPECT_TRUE(store.sessions_of("c").empty());
  EXPECT_EQ(store.size(), 0U);
}

TEST(SessionStore, ACallOutlivesItsFirstSession) {
  SessionStore store(4);
  store.insert(session(3, "c", "f;1"));
  store.insert(session(0, "c", "f;2"));
  store.insert(session(1, "c", "f;3"));
  store.take({3, 7});
  const auto sessions = store.sessions_of("c");
  ASSERT_EQ(sessions.size(), 2U);
  EXPECT_EQ(sessions[0]->from_tag, "f;2");
  store.take({1, 7});
  EXPECT_EQ(store.sessions_of("c").size(), 1U);
  store.insert(session(2, "c", "f;4"));
  EXPECT_EQ(store.sessions_of("c").size(), 2U);
  store.take({0, 7});
  store.take({2, 7});
  EXPECT_TRUE(store.sessions_of("c").empty());
  EXPECT_TRUE(store.call_ids().empty());
}

TEST(SessionIds, SkipTheGenerationThatMeansNone) {
  SessionIds ids(2, 0xffffffff);
  const auto a = ids.acquire();
  const auto b = ids.acquire();
  EXPECT_EQ(a->id(), (abi::SessionId{0, 0xffffffff}));
  EXPECT_EQ(b->id(), (abi::SessionId{1, 1}));
  EXPECT_FALSE(ids.acquire());
}

}  // namespace
}  // namespace mediaplane
