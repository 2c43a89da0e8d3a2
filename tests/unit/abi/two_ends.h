// SPDX-License-Identifier: BSD-2-Clause
// One shared memory mapped twice, as the two processes have it: both ends of a ring.
#pragma once

#include <gtest/gtest.h>

#include "dataplane/abi/message_io.h"
#include "dataplane/abi/ring.h"

namespace mediaplane::abi {

struct TwoEnds {
  FileDescriptor memory;
  SlotRing producer;
  SlotRing consumer;
};

inline TwoEnds two_ends(std::uint32_t slots) {
  auto memory = make_shared_memory("test", SlotRing::shared_bytes(slots), Pages::kSmall);
  EXPECT_TRUE(memory);
  auto producer = SlotRing::map(*memory, slots);
  auto consumer = SlotRing::map(*memory, slots);
  EXPECT_TRUE(producer && consumer);
  return {std::move(*memory), std::move(*producer), std::move(*consumer)};
}

}  // namespace mediaplane::abi
