// SPDX-License-Identifier: BSD-2-Clause
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/abi/two_ends.h"

namespace mediaplane::abi {
namespace {

// A pattern that differs between messages and between the places in one.
std::vector<std::byte> body_of(std::size_t length, std::uint64_t request) {
  std::vector<std::byte> body(length);
  for (std::size_t i = 0; i < length; ++i) body[i] = static_cast<std::byte>(i * 7 + request * 13);
  return body;
}

bool holds(const Message& message, std::uint64_t request, std::span<const std::byte> body) {
  return message.header().request == request && message.header().length == body.size() &&
         std::ranges::equal(message.body(), body);
}

TEST(Message, EverySizeTravels) {
  auto ends = two_ends(256);
  Message message;
  for (std::size_t length = 0; length <= kMaxMessageLength; ++length) {
    const auto body = body_of(length, length);
    const auto cut = length / 3;
    const auto bytes = std::span<const std::byte>(body);
    ASSERT_TRUE(send(ends.producer, MessageType::kSetSession, length, bytes.first(cut),
                     bytes.subspan(cut)));
    ASSERT_EQ(receive(ends.consumer, message), Receipt::kMessage);
    ASSERT_TRUE(holds(message, length, body)) << length;
    ASSERT_EQ(message.header().type, MessageType::kSetSession);
    ASSERT_EQ(receive(ends.consumer, message), Receipt::kEmpty);
  }
}

TEST(Message, LongerThanTheLongestIsNotSent) {
  auto ends = two_ends(256);
  const auto body = body_of(kMaxMessageLength + 1, 0);
  EXPECT_FALSE(send(ends.producer, MessageType::kReply, 1, body));
  EXPECT_TRUE(ends.consumer.is_empty());
}

TEST(Message, AFullRingTakesAllOrNothing) {
  constexpr std::uint32_t kSlots = 64;
  auto ends = two_ends(kSlots);
  const auto small = body_of(kSlotBytes - sizeof(MessageHeader), 1);  // One slot.
  const auto large = body_of(small.size() + 1, 2);                    // Two.
  for (std::uint32_t i = 0; i < kSlots - 2; ++i) {
    ASSERT_TRUE(send(ends.producer, MessageType::kReply, 1, small));
  }
  EXPECT_FALSE(send(ends.producer, MessageType::kReply, 2, large));
  EXPECT_TRUE(send(ends.producer, MessageType::kReply, 1, small));
  EXPECT_FALSE(send(ends.producer, MessageType::kReply, 1, small));

  Message message;
  for (std::uint32_t i = 0; i < kSlots - 1; ++i) {
    ASSERT_EQ(receive(ends.consumer, message), Receipt::kMessage);
    ASSERT_TRUE(holds(message, 1, small));
  }
  EXPECT_EQ(receive(ends.consumer, message), Receipt::kEmpty);
}

TEST(Message, NothingOfTheSendersMemoryTravelsBehindTheBody) {
  auto ends = two_ends(8);
  ASSERT_TRUE(send(ends.producer, MessageType::kReply, 1, body_of(200, 1)));
  std::array<Slot, 2> slots;
  ASSERT_TRUE(ends.consumer.dequeue(slots));
  const auto used = sizeof(MessageHeader) + 200 - kSlotBytes;
  for (std::size_t i = used; i < kSlotBytes; ++i) EXPECT_EQ(slots[1].bytes[i], std::byte{0}) << i;
}

TEST(Message, ReadsAStructureAndTheRest) {
  auto ends = two_ends(8);
  const Reply reply{Status::kStale, 0};
  const auto tail = body_of(3, 5);
  ASSERT_TRUE(send(ends.producer, MessageType::kReply, 9, as_bytes_of(reply), tail));
  Message message;
  ASSERT_EQ(receive(ends.consumer, message), Receipt::kMessage);
  Reply read;
  std::span<const std::byte> rest;
  ASSERT_TRUE(message.read(read, rest));
  EXPECT_EQ(read.status, Status::kStale);
  EXPECT_TRUE(std::ranges::equal(rest, tail));
  Session session;
  EXPECT_FALSE(message.read(session, rest));  // The body is shorter.
}

TEST(Message, GarbageHeaders) {
  struct Row {
    const char* what;
    std::uint16_t slots;
    std::uint32_t length;
  };
  constexpr std::array<Row, 6> kRows = {{
      {"no slot", 0, 0},
      {"a slot too many", 2, 0},
      {"a slot too few", 1, kSlotBytes},
      {"longer than the longest", 1, kMaxMessageLength + 1},
      {"length wraps around", 1, 0xffffffff},
      {"the other slots are missing", 2, kSlotBytes},
  }};
  for (const auto& row : kRows) {
    auto ends = two_ends(8);
    Slot slot{};
    store(slot.bytes.data(), MessageHeader{MessageType::kReply, row.slots, row.length, 1});
    ASSERT_TRUE(ends.producer.enqueue({&slot, 1}));
    Message message;
    EXPECT_EQ(receive(ends.consumer, message), Receipt::kGarbage) << row.what;
  }
}

TEST(Message, TwoThreadsTwoMappings) {
  constexpr std::uint64_t kMessages = 100'000;
  auto ends = two_ends(256);
  const auto length_of = [](std::uint64_t i) { return i % 97 == 0 ? kMaxMessageLength : i % 300; };
  std::jthread producer([&] {
    for (std::uint64_t i = 0; i < kMessages; ++i) {
      const auto body = body_of(length_of(i), i);
      while (!send(ends.producer, MessageType::kSetSession, i, body)) std::this_thread::yield();
    }
  });
  Message message;
  for (std::uint64_t i = 0; i < kMessages;) {
    const auto receipt = receive(ends.consumer, message);
    if (receipt == Receipt::kEmpty) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(receipt, Receipt::kMessage);
    ASSERT_TRUE(holds(message, i, body_of(length_of(i), i))) << i;
    ++i;
  }
}

}  // namespace
}  // namespace mediaplane::abi
