// SPDX-License-Identifier: BSD-2-Clause
// Counters for people: the block that --stats-period prints, and the balance at the end. Every
// packet that was received or made has ended in exactly one way:
//
//   received + generated = transmitted + dropped + consumed + held
#pragma once

#include <cstdint>
#include <string>

#include "dataplane/abi/region.h"
#include "dataplane/pipeline/verdict.h"
#include "dataplane/port/ports.h"

namespace mediaplane {

struct Balance {
  std::uint64_t received = 0;
  std::uint64_t generated = 0;
  std::uint64_t transmitted = 0;
  std::uint64_t dropped = 0;
  std::uint64_t consumed = 0;
  std::uint64_t held = 0;

  bool is_exact() const { return received + generated == transmitted + dropped + consumed + held; }
};

// Over all lcores.
std::uint64_t packets_of(const abi::Region& region, Verdict verdict);

// Packets that recordings miss.
std::uint64_t copies_lost(const abi::Region& region);

// Sums over all lcores; `held` is the caller's to say.
Balance balance_of(const abi::Region& region, std::uint64_t held);

std::string statistics_text(const abi::Region& region, const Ports& ports, std::uint32_t sessions);
// One line beginning with "BALANCE ok" or "BALANCE WRONG".
std::string balance_text(const Balance& balance);
// One line beginning with "MBUFS ok" or "MBUFS WRONG".
std::string mbufs_text(const MbufsLeft& left);

}  // namespace mediaplane
