// SPDX-License-Identifier: BSD-2-Clause
// The table of a running test. On a terminal it is redrawn in its place; elsewhere each second adds
// one line and no escape code is written.
#pragma once

#include <deque>
#include <string>

#include "tests/tools/phones/call.h"
#include "tests/tools/phones/media.h"
#include "tests/tools/phones/options.h"

namespace mediaplane::phones {

class LiveTable {
 public:
  explicit LiveTable(const Options& options);

  void draw(std::deque<Call>& calls, const Latencies& recent);

 private:
  std::string relay_drops() const;

  const Options& options_;
  const Time start_ = Clock::now();
  bool is_terminal_ = false;
  std::size_t lines_drawn_ = 0;
};

}  // namespace mediaplane::phones
