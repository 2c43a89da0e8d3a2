// SPDX-License-Identifier: BSD-2-Clause
// The coarse clock of the data plane: one tick is 10 ms, counted from its start. Ticks wrap after
// 497 days, so they are only ever compared by their distance.
#pragma once

#include <cstdint>

namespace mediaplane {

using Tick = std::uint32_t;

inline constexpr std::uint32_t kTickMilliseconds = 10;
inline constexpr std::uint32_t kTicksPerSecond = 1000 / kTickMilliseconds;

// Ticks from `earlier` to `later`; negative if they stand the other way round.
constexpr std::int32_t ticks_between(Tick earlier, Tick later) {
  return static_cast<std::int32_t>(later - earlier);
}

// Whether less than `span` has passed since `then`, however long that may be. `now` may be a tick
// behind: another lcore's clock.
constexpr bool is_within(Tick then, Tick now, Tick span) { return now - then + 1 <= span; }

}  // namespace mediaplane
