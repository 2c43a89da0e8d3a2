// SPDX-License-Identifier: BSD-2-Clause
#include <cerrno>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/abi/two_ends.h"

namespace mediaplane::abi {
namespace {

constexpr std::uint32_t kSlots = 8;  // An rte_ring holds one less.

std::vector<Slot> slots_of(std::size_t count, std::uint8_t first) {
  std::vector<Slot> slots(count);
  for (auto& slot : slots) slot.bytes.fill(static_cast<std::byte>(first++));
  return slots;
}

bool are_equal(const std::vector<Slot>& a, const std::vector<Slot>& b) {
  return std::ranges::equal(a, b, {}, &Slot::bytes, &Slot::bytes);
}

TEST(SlotRing, FreshMemoryIsAnEmptyRing) {
  auto ends = two_ends(kSlots);
  EXPECT_TRUE(ends.producer.is_empty());
  EXPECT_TRUE(ends.consumer.is_empty());
  std::vector<Slot> out(1);
  EXPECT_FALSE(ends.consumer.dequeue(out));
}

TEST(SlotRing, TheOtherMappingSeesTheSlots) {
  auto ends = two_ends(kSlots);
  for (std::uint8_t round = 0; round < 50; ++round) {  // Many times around.
    const auto in = slots_of(5, round);
    ASSERT_TRUE(ends.producer.enqueue(in));
    EXPECT_FALSE(ends.consumer.is_empty());
    std::vector<Slot> out(5);
    ASSERT_TRUE(ends.consumer.dequeue(out));
    ASSERT_TRUE(are_equal(in, out));
    EXPECT_TRUE(ends.producer.is_empty());
  }
}

TEST(SlotRing, FullIsAllOrNothing) {
  auto ends = two_ends(kSlots);
  ASSERT_TRUE(ends.producer.enqueue(slots_of(5, 1)));
  EXPECT_FALSE(ends.producer.enqueue(slots_of(3, 6)));
  EXPECT_TRUE(ends.producer.enqueue(slots_of(2, 6)));
  EXPECT_FALSE(ends.producer.enqueue(slots_of(1, 8)));

  std::vector<Slot> out(8);
  EXPECT_FALSE(ends.consumer.dequeue(out));
  out.resize(7);
  ASSERT_TRUE(ends.consumer.dequeue(out));
  EXPECT_TRUE(are_equal(out, slots_of(7, 1)));
}

TEST(SlotRing, WrongSizesAreRefused) {
  const auto memory = make_shared_memory("test", SlotRing::shared_bytes(kSlots), Pages::kSmall);
  ASSERT_TRUE(memory);
  EXPECT_EQ(SlotRing::map(*memory, 7).error(), EINVAL);  // No power of two.
  EXPECT_EQ(SlotRing::map(*memory, 0).error(), EINVAL);
  EXPECT_EQ(SlotRing::map(*memory, 1024).error(), EMSGSIZE);
}

}  // namespace
}  // namespace mediaplane::abi
