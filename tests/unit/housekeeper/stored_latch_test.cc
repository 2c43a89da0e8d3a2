// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/stored_latch.h"

#include <gtest/gtest.h>

namespace mediaplane {
namespace {

Endpoint at(const char* ip, std::uint16_t udp_port) { return {*parse_ip(ip), udp_port}; }

// Every field has a value of its own.
LatchState contested() {
  LatchState state;
  state.hold = LatchState::Hold::kLocked;
  state.in_window = state.rebound = state.has_displaced = true;
  state.present = {at("192.0.2.1", 4000), {1, 2, 3, 4}, 5};
  state.former = at("192.0.2.2", 4002);
  state.moved = 6;
  state.window_begin = 7;
  state.displaced_ssrc = 8;
  state.challengers = {Challenger{at("192.0.2.3", 4004), {9, 10, 11, 12}, 13},
                       Challenger{at("2001:db8::4", 4006), {14, 15, 16, 17}, 18}};
  return state;
}

TEST(StoredLatch, GivesBackWhatWasStored) {
  StoredLatch stored;
  EXPECT_EQ(stored.load(), LatchState{});
  stored.store(contested());
  EXPECT_EQ(stored.load(), contested());
  auto other = contested();
  other.rebound = other.in_window = other.has_displaced = false;
  other.fell_back = other.media_to_expected = true;
  other.challengers[1] = {};
  stored.store(other);
  EXPECT_EQ(stored.load(), other);
}

TEST(StoredLatch, KeepsNothingOfAContestThatIsOver) {
  StoredLatch stored;
  stored.store(contested());
  LatchState calm;
  calm.hold = LatchState::Hold::kTaken;
  calm.present = contested().present;
  stored.store(calm);
  EXPECT_EQ(stored.load(), calm);
}

TEST(StoredLatch, EachPartOfAContestIsKeptByItself) {
  StoredLatch stored;
  LatchState state;
  state.moved = 9;
  stored.store(state);
  EXPECT_EQ(stored.load(), state);
  state = {};
  state.challengers[1] = contested().challengers[1];
  stored.store(state);
  EXPECT_EQ(stored.load(), state);
  state = {};
  state.former = at("192.0.2.2", 4002);
  stored.store(state);
  EXPECT_EQ(stored.load(), state);
}

}  // namespace
}  // namespace mediaplane
