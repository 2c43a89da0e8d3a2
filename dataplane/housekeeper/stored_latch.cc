// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/stored_latch.h"

namespace mediaplane {

LatchState StoredLatch::load() const {
  LatchState state;
  state.hold = hold_;
  state.in_window = in_window_;
  state.media_to_expected = media_to_expected_;
  state.rebound = rebound_;
  state.fell_back = fell_back_;
  state.present = present_;
  state.window_begin = window_begin_;
  state.displaced_ssrc = displaced_ssrc_;
  state.has_displaced = has_displaced_;
  if (contest_) {
    state.former = contest_->former;
    state.moved = contest_->moved;
    state.challengers = contest_->challengers;
  }
  return state;
}

void StoredLatch::store(const LatchState& state) {
  hold_ = state.hold;
  in_window_ = state.in_window;
  media_to_expected_ = state.media_to_expected;
  rebound_ = state.rebound;
  fell_back_ = state.fell_back;
  present_ = state.present;
  window_begin_ = state.window_begin;
  displaced_ssrc_ = state.displaced_ssrc;
  has_displaced_ = state.has_displaced;
  const Contest contest{state.former, state.moved, state.challengers};
  if (contest == Contest{}) {
    contest_.reset();
  } else if (contest_) {
    *contest_ = contest;
  } else {
    contest_ = std::make_unique<Contest>(contest);
  }
}

}  // namespace mediaplane
