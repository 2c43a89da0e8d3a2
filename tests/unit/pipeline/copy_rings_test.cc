// SPDX-License-Identifier: BSD-2-Clause
// Rings come and go with control planes while workers write into them.
#include "dataplane/pipeline/copy_rings.h"

#include <array>
#include <thread>

#include <gtest/gtest.h>

#include "tests/unit/abi/two_ends.h"
#include "tests/unit/eal.h"

namespace mediaplane {
namespace {

constexpr std::uint32_t kSlots = 16;
constexpr std::uint32_t kWorkers = 2;

struct Attachment {
  std::vector<abi::SlotRing> producers;
  std::vector<abi::SlotRing> consumers;
};

Attachment attachment() {
  Attachment made;
  for (std::uint32_t i = 0; i < kWorkers; ++i) {
    auto ends = abi::two_ends(kSlots);
    made.producers.push_back(std::move(ends.producer));
    made.consumers.push_back(std::move(ends.consumer));
  }
  return made;
}

bool send(abi::SlotRing& ring) {
  const std::array<std::byte, 200> payload{};
  return abi::send(ring, abi::MessageType::kCopy, 0, abi::as_bytes_of(abi::CopiedPacket{}),
                   payload);
}

class CopyRingsTest : public testing::Test {
 protected:
  std::unique_ptr<FlowTable> table_ = FlowTable::create(16, kWorkers);
  CopyRings rings_{*table_, kWorkers};
};

TEST_F(CopyRingsTest, EachWorkerHasItsOwn) {
  EXPECT_EQ(rings_.of(0), nullptr);
  auto present = attachment();
  rings_.replace(std::move(present.producers));
  ASSERT_NE(rings_.of(0), nullptr);
  EXPECT_TRUE(send(*rings_.of(1)));
  EXPECT_TRUE(present.consumers[0].is_empty());
  EXPECT_FALSE(present.consumers[1].is_empty());
}

TEST_F(CopyRingsTest, ARingThatIsTakenDownStaysMappedWhileAWorkerMayHoldIt) {
  table_->enter(0);
  table_->enter(1);
  auto present = attachment();
  rings_.replace(std::move(present.producers));
  auto* held = rings_.of(0);
  rings_.replace({});
  EXPECT_EQ(rings_.of(0), nullptr);
  table_->pass(1);
  rings_.reclaim();
  EXPECT_EQ(rings_.retired(), 1U);
  EXPECT_TRUE(send(*held)) << "nobody reads it, and it is still there";
  table_->pass(0);
  rings_.reclaim();
  EXPECT_EQ(rings_.retired(), 0U);
  table_->leave(0);
  table_->leave(1);
}

TEST_F(CopyRingsTest, AnotherAttachmentHasOtherRings) {
  auto first = attachment();
  auto second = attachment();
  rings_.replace(std::move(first.producers));
  rings_.replace(std::move(second.producers));
  EXPECT_TRUE(send(*rings_.of(0)));
  EXPECT_TRUE(first.consumers[0].is_empty());
  EXPECT_FALSE(second.consumers[0].is_empty());
  rings_.reclaim();
  EXPECT_EQ(rings_.retired(), 0U) << "no worker has entered";
}

// What one worker does, round by round.
void work(FlowTable& table, const CopyRings& rings, std::uint32_t worker,
          const std::atomic<bool>& stop, std::atomic<std::uint64_t>& sent) {
  table.enter(worker);
  while (!stop.load(std::memory_order_relaxed)) {
    for (int packet = 0; packet < 3; ++packet) {
      auto* ring = rings.of(worker);
      if (ring != nullptr && send(*ring)) sent.fetch_add(1, std::memory_order_relaxed);
    }
    table.pass(worker);
  }
  table.leave(worker);
}

TEST_F(CopyRingsTest, TheyMayChangeAtAnyTimeUnderBusyWorkers) {
  std::atomic<bool> stop{false};
  std::array<std::atomic<std::uint64_t>, kWorkers> sent{};
  std::vector<std::jthread> workers;
  for (std::uint32_t i = 0; i < kWorkers; ++i) {
    workers.emplace_back(work, std::ref(*table_), std::cref(rings_), i, std::cref(stop),
                         std::ref(sent[i]));
  }
  for (int i = 0; i < 50; ++i) {
    const std::array before = {sent[0].load(), sent[1].load()};
    auto next = attachment();
    rings_.replace(std::move(next.producers));
    for (std::uint32_t worker = 0; worker < kWorkers; ++worker) {
      while (sent[worker].load() < before[worker] + 2) std::this_thread::yield();
    }
    if (i % 2 == 0) rings_.replace({});
    rings_.reclaim();
  }
  rings_.replace({});
  while (rings_.retired() > 0) rings_.reclaim();  // Busy workers pass, so this ends.
  stop = true;
}

}  // namespace
}  // namespace mediaplane
