// SPDX-License-Identifier: BSD-2-Clause
// EAL for tests that need its memory: without huge pages, devices or files. Including this header
// starts it before the first test of the program.
#pragma once

#include <array>

#include <gtest/gtest.h>
#include <rte_eal.h>

namespace mediaplane {

class EalEnvironment : public testing::Environment {
 public:
  void SetUp() override {
    std::array<char*, 9> arguments = {program_, no_huge_,   no_shconf_, no_pci_, no_telemetry_,
                                      memory_,  megabytes_, lcores_,    level_};
    ASSERT_GE(rte_eal_init(arguments.size(), arguments.data()), 0);
  }
  void TearDown() override { rte_eal_cleanup(); }

 private:
  char program_[5] = "test";
  char no_huge_[10] = "--no-huge";
  char no_shconf_[12] = "--no-shconf";
  char no_pci_[9] = "--no-pci";
  char no_telemetry_[15] = "--no-telemetry";
  char memory_[3] = "-m";
  char megabytes_[4] = "128";
  char lcores_[13] = "--lcores=0@0";
  char level_[18] = "--log-level=error";
};

inline testing::Environment* const kEal = testing::AddGlobalTestEnvironment(new EalEnvironment);

}  // namespace mediaplane
