// SPDX-License-Identifier: BSD-2-Clause
#include "config/free_memory.h"

#include <gtest/gtest.h>

namespace mediaplane {
namespace {

constexpr auto kText =
    "MemTotal:       24683848 kB\nMemFree:        17004480 kB\nMemAvailable:   23400000 kB\n";

TEST(FreeMemory, LinesAreReadInKibibytes) {
  EXPECT_EQ(memory_line(kText, "MemAvailable"), 23400000ULL * 1024);
  EXPECT_EQ(memory_line(kText, "MemFree"), 17004480ULL * 1024);
  EXPECT_EQ(memory_line("VmSize:\t  12 kB\n", "VmSize"), 12288U);
  EXPECT_FALSE(memory_line(kText, "SwapFree"));
  EXPECT_FALSE(memory_line("MemFree:", "MemFree"));
  EXPECT_FALSE(memory_line("MemFree: much\n", "MemFree"));
}

TEST(FreeMemory, ThisMachineHasSome) {
  EXPECT_GT(free_memory(), 1U << 20);
  EXPECT_LT(free_memory(), std::uint64_t{1} << 50);
}

TEST(FreeMemory, AShortageSaysWhatIsNeededWhatIsThereAndWhatToDo) {
  EXPECT_EQ(memory_shortage(5 << 20, 5 << 20, "10 sessions"), "");
  EXPECT_EQ(memory_shortage(5 << 20, (5 << 20) - 1, "10 sessions"),
            "memory: 10 sessions need 6 MB, 4 MB are free. Lower them in [dataplane], or give the "
            "machine or the service more");
}

}  // namespace
}  // namespace mediaplane
