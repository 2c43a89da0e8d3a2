// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/flow/table.h"

#include <array>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "tests/unit/eal.h"

namespace mediaplane {
namespace {

constexpr std::uint32_t kCapacity = 1024;

FlowKey key(std::uint32_t number) {
  return {
      static_cast<std::uint16_t>(number >> 15), be16(static_cast<std::uint16_t>(number << 1)), {}};
}

class FlowTableTest : public testing::Test {
 protected:
  FlowEntry* add(std::uint32_t number, FlowEntry* replaced = nullptr) {
    FlowEntry* entry = table_->draft();
    if (entry == nullptr) return nullptr;
    entry->flow = number;
    return table_->publish(key(number), entry, replaced) ? entry : nullptr;
  }

  std::unique_ptr<FlowTable> table_ = FlowTable::create(kCapacity, 2);
};

TEST_F(FlowTableTest, FindsWhatWasPublished) {
  auto* entry = add(7);
  EXPECT_EQ(table_->find(key(7)), entry);
  EXPECT_EQ(table_->find(key(8)), nullptr);
  table_->remove(key(7), entry);
  EXPECT_EQ(table_->find(key(7)), nullptr);
}

TEST_F(FlowTableTest, AnUpdateIsANewEntryInTheSamePlace) {
  auto* first = add(7);
  auto* second = add(7, first);
  EXPECT_NE(first, second);
  EXPECT_EQ(table_->find(key(7)), second);
  EXPECT_NE(first->generation.load(), second->generation.load());
}

TEST_F(FlowTableTest, BulkLookupKeepsTheOrder) {
  std::array<FlowEntry*, kBurst> entries{};
  for (std::uint32_t i = 0; i < kBurst; i += 2) entries[i] = add(i);
  std::array<FlowKey, kBurst> keys;
  for (std::uint32_t i = 0; i < kBurst; ++i) keys[i] = key(i);
  std::array<FlowTable::Finding, kBurst> found;
  for (std::size_t count = 1; count <= kBurst; ++count) {
    FlowTable::Keys wanted;
    for (std::size_t i = 0; i < count; ++i) wanted.add(keys[i]);
    const auto hits = table_->look_up(wanted, found);
    EXPECT_EQ(hits, 0x55555555U & 0xffffffffU >> (kBurst - count));
    for (std::size_t i = 0; i < count; i += 2) {
      ASSERT_EQ(&table_->entry(found[i]), entries[i]) << i;
      EXPECT_EQ(found[i].flow, i);
    }
  }
}

TEST_F(FlowTableTest, HoldsAsManyFlowsAsItWasMadeFor) {
  for (std::uint32_t i = 0; i < kCapacity; ++i) ASSERT_NE(add(i), nullptr) << i;
}

// rte_hash keeps the key slots of deleted keys in this mode until they are freed by hand.
TEST_F(FlowTableTest, ManyTimesItsCapacityComesAndGoes) {
  std::array<FlowEntry*, kCapacity> entries{};
  for (std::uint32_t round = 0; round < 50; ++round) {
    for (std::uint32_t i = 0; i < kCapacity; ++i) {
      entries[i] = add(round * kCapacity + i);
      ASSERT_NE(entries[i], nullptr) << "round " << round << ", flow " << i;
    }
    for (std::uint32_t i = 0; i < kCapacity; ++i) {
      table_->remove(key(round * kCapacity + i), entries[i]);
    }
    table_->reclaim();
    EXPECT_EQ(table_->size(), 0U);
  }
}

TEST_F(FlowTableTest, ARetiredEntryWaitsForEveryWorker) {
  table_->enter(0);
  table_->enter(1);
  auto* first = add(1);
  add(1, first);
  table_->reclaim();
  EXPECT_EQ(table_->retired(), 1U);
  table_->pass(0);
  table_->reclaim();
  EXPECT_EQ(table_->retired(), 1U) << "worker 1 may still hold it";
  table_->pass(1);
  table_->reclaim();
  EXPECT_EQ(table_->retired(), 0U);
  table_->leave(0);
  table_->leave(1);
}

TEST_F(FlowTableTest, AWorkerThatLeftHoldsNothing) {
  table_->enter(0);
  auto* first = add(1);
  add(1, first);
  table_->leave(0);
  table_->reclaim();
  EXPECT_EQ(table_->retired(), 0U);
}

// An entry that a reader finds is whole and belongs to the key, while the writer replaces, removes
// and adds all the time. Run under ThreadSanitizer it proves the publication.
TEST_F(FlowTableTest, ReadersSeeWholeEntriesWhileTheWriterWorks) {
  constexpr std::uint32_t kFlows = 64;
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> wrong{0};
  std::atomic<std::uint64_t> hits{0};
  table_->enter(0);
  std::thread reader([&] {
    std::array<FlowKey, kBurst> keys;
    std::array<FlowTable::Finding, kBurst> findings;
    for (std::uint32_t at = 0; !stop.load(); at += kBurst) {
      for (std::uint32_t i = 0; i < kBurst; ++i) keys[i] = key((at + i) % kFlows);
      FlowTable::Keys wanted;
      for (const auto& each : keys) wanted.add(each);
      const auto bits = table_->look_up(wanted, findings);
      for (std::uint32_t i = 0; i < kBurst; ++i) {
        if ((bits >> i & 1) == 0) continue;
        const auto* found = &table_->entry(findings[i]);
        const auto generation = found->generation.load(std::memory_order_acquire);
        hits.fetch_add(1, std::memory_order_relaxed);
        const bool whole = generation != 0 && found->flow == (at + i) % kFlows &&
                           found->new_ips.source.raw == found->new_ips.destination.raw;
        if (!whole) wrong.fetch_add(1, std::memory_order_relaxed);
      }
      table_->pass(0);
    }
  });
  std::array<FlowEntry*, kFlows> entries{};
  const auto publish = [&](std::uint32_t flow, std::uint32_t mark) {
    FlowEntry* entry = nullptr;
    while ((entry = table_->draft()) == nullptr) std::this_thread::yield();
    entry->flow = flow;
    entry->new_ips.source.raw = entry->new_ips.destination.raw = mark;
    ASSERT_TRUE(table_->publish(key(flow), entry, entries[flow]));
    entries[flow] = entry;
  };
  for (std::uint32_t i = 0; i < 200000 || hits.load() == 0; ++i) {
    const auto flow = i * 7 % kFlows;
    if (entries[flow] != nullptr && i % 5 == 0) {
      table_->remove(key(flow), entries[flow]);
      entries[flow] = nullptr;
    } else {
      publish(flow, i);
    }
    if (i % 64 == 0) table_->reclaim();
  }
  stop = true;
  reader.join();
  table_->leave(0);
  EXPECT_EQ(wrong.load(), 0U);
}

}  // namespace
}  // namespace mediaplane
