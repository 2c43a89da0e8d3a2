// SPDX-License-Identifier: BSD-2-Clause
// What fuzz targets have in common: EAL and a data plane driven by hand, started once, and a way to
// end at what must not be.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/support/plane.h"

namespace mediaplane::test {

// libFuzzer takes an abort for a finding and keeps the input.
inline void holds(bool fact, std::string_view what) {
  if (fact) [[likely]]
    return;
  std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

// An expectation of the test support that fails ends the run, too.
inline void start_eal() {
  GTEST_FLAG_SET(throw_on_failure, true);
  static EalEnvironment eal;
  eal.SetUp();
}

// Never destroyed, as EAL is not.
inline Plane& the_plane() {
  static Plane* const plane = [] {
    start_eal();
    return new Plane;
  }();
  return *plane;
}

}  // namespace mediaplane::test
