// SPDX-License-Identifier: BSD-2-Clause
// When a port that was sending media falls silent, mostly a call has ended. But it may be that a
// switch now takes our MAC for another station's, which had it in a frame by mistake or malice:
// then nothing comes any more, so that nothing is sent, so that the switch does not learn better. A
// word of ours puts that right: three in all, should one be lost.
#pragma once

#include <cstdint>

#include "dataplane/net/tick.h"

namespace mediaplane {

class Silence {
 public:
  // How often to look.
  static constexpr Tick kInterval = kTicksPerSecond / 10;

  // `sent`: the packets that the port has sent so far. Whether one more has to be sent.
  bool must_be_broken(std::uint64_t sent) {
    const auto newly = sent - sent_;
    sent_ = sent;
    if (newly >= kMedia) words_ = kWords;
    if (newly > kWord || words_ == 0) return false;
    --words_;
    return true;
  }

 private:
  // Packets in an interval: what a call sends at least, and what breaks a silence.
  static constexpr std::uint64_t kMedia = 3;
  static constexpr std::uint64_t kWord = 1;
  static constexpr int kWords = 3;

  std::uint64_t sent_ = 0;
  int words_ = 0;
};

}  // namespace mediaplane
