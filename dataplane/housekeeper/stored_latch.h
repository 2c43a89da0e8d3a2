// SPDX-License-Identifier: BSD-2-Clause
// A LatchState as each flow keeps it. Challengers and former sources are the affair of contested
// flows, which are few, so they lie apart and only there.
#pragma once

#include <memory>

#include "dataplane/flow/latch.h"

namespace mediaplane {

class StoredLatch {
 public:
  LatchState load() const;
  void store(const LatchState& state);

 private:
  struct Contest {
    Endpoint former;
    Tick moved = 0;
    std::array<Challenger, 2> challengers;

    friend bool operator==(const Contest&, const Contest&) = default;
  };

  std::unique_ptr<Contest> contest_;  // Null: as in a fresh state.
  Challenger present_;
  Tick window_begin_ = 0;
  std::uint32_t displaced_ssrc_ = 0;
  LatchState::Hold hold_ = LatchState::Hold::kNobody;
  bool in_window_ : 1 = false;
  bool media_to_expected_ : 1 = false;
  bool rebound_ : 1 = false;
  bool fell_back_ : 1 = false;
  bool has_displaced_ : 1 = false;
};

}  // namespace mediaplane
