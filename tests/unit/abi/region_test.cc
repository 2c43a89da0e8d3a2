// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/abi/region.h"

#include <new>
#include <vector>

#include <gtest/gtest.h>

#include "dataplane/abi/messages.h"
#include "dataplane/abi/shared_memory.h"

namespace mediaplane::abi {
namespace {

TEST(RegionLayout, PartsLieBehindEachOtherOnCacheLines) {
  struct Row {
    std::uint32_t sessions, lcores, blocks;
  };
  for (const auto& [sessions, lcores, blocks] :
       {Row{1, 1, 1}, Row{3, 2, 67}, Row{10000, 64, 10064}, Row{1'000'000, 3, 1'000'064}}) {
    const auto layout = region_layout(sessions, lcores, blocks);
    const auto flows = std::uint64_t{sessions} * kFlowsPerSession;
    struct Part {
      std::uint64_t offset, bytes;
    };
    const std::array<Part, 7> parts = {
        {{0, sizeof(RegionHeader)},
         {layout.lcore_totals_offset, lcores * sizeof(LcoreTotals)},
         {layout.flow_statistics_offset, flows * sizeof(FlowStatistics)},
         {layout.learned_endpoints_offset, flows * sizeof(LearnedEndpoint)},
         {layout.call_records_offset, sessions * sizeof(CallRecord)},
         {layout.record_blocks_offset, blocks * sizeof(RecordBlock)},
         {layout.size, 0}}};
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      EXPECT_EQ(parts[i].offset % 64, 0U) << i;
      EXPECT_LE(parts[i].offset + parts[i].bytes, parts[i + 1].offset) << i;
      EXPECT_LT(parts[i + 1].offset - parts[i].offset - parts[i].bytes, 64U) << i;
    }
    EXPECT_TRUE(is_compatible(layout, layout.size));
    EXPECT_TRUE(is_compatible(layout, layout.size + 4096));
    EXPECT_FALSE(is_compatible(layout, layout.size - 1));
  }
}

TEST(RegionLayout, EveryDifferenceIsRefused) {
  const auto good = region_layout(100, 2, 164);
  using Small = std::uint32_t RegionLayout::*;
  for (const Small field :
       {&RegionLayout::version, &RegionLayout::header_size, &RegionLayout::lcore_totals_size,
        &RegionLayout::flow_statistics_size, &RegionLayout::learned_endpoint_size,
        &RegionLayout::call_record_size, &RegionLayout::record_block_size, &RegionLayout::slot_size,
        &RegionLayout::session_capacity, &RegionLayout::lcore_count, &RegionLayout::block_count}) {
    for (const std::uint32_t value : {0U, good.*field + 1, good.*field * 2, 0xffffffffU}) {
      auto layout = good;
      layout.*field = value;
      EXPECT_FALSE(is_compatible(layout, good.size)) << value;
    }
  }
  using Large = std::uint64_t RegionLayout::*;
  for (const Large field :
       {&RegionLayout::magic, &RegionLayout::lcore_totals_offset,
        &RegionLayout::flow_statistics_offset, &RegionLayout::learned_endpoints_offset,
        &RegionLayout::call_records_offset, &RegionLayout::record_blocks_offset,
        &RegionLayout::size}) {
    for (const std::uint64_t value : {std::uint64_t{0}, good.*field + 64, ~std::uint64_t{0}}) {
      if (value == good.*field) continue;
      auto layout = good;
      layout.*field = value;
      EXPECT_FALSE(is_compatible(layout, ~std::uint64_t{0})) << value;
    }
  }
}

TEST(RegionLayout, TheInstanceIsAnybodys) {
  auto layout = region_layout(1, 1, 1);
  layout.instance = 0x1234567890abcdef;
  EXPECT_TRUE(is_compatible(layout, layout.size));
}

// The longest command's identifiers have room even when every other session has taken its block.
TEST(RegionLayout, BlocksSufficeForTheLongestCommand) {
  constexpr std::size_t kLongest = kMaxIdentifiersLength - CallRecord::kInlineBytes;
  constexpr std::size_t kNeeded = (kLongest + RecordBlock::kBytes - 1) / RecordBlock::kBytes;
  for (const std::uint32_t sessions : {1U, 10'000U}) {
    EXPECT_GE(record_blocks_for(sessions), sessions - 1 + kNeeded);
  }
}

TEST(Region, PartsAreFoundThroughTheLayout) {
  const auto layout = region_layout(3, 2, 4);
  auto memory = make_shared_memory("region", layout.size, Pages::kSmall);
  ASSERT_TRUE(memory);
  auto written = map_shared_memory(*memory, layout.size, Access::kReadWrite);
  auto read = map_shared_memory(*memory, layout.size, Access::kReadOnly);
  ASSERT_TRUE(written && read);
  const Region writer(written->base());
  const Region reader(read->base());
  writer.header().layout = layout;
  ASSERT_TRUE(is_compatible(reader.layout(), read->size()));

  add(writer.lcore_totals(1).received, std::uint64_t{7});
  add(writer.flow_statistics(11).packets, std::uint64_t{8});
  writer.learned_endpoint(11).write({*parse_ip("192.0.2.1"), 9});
  writer.call_record(2).session.control_flags = 10;
  writer.record_block(3).next = 11;
  writer.header().tick = 12;

  EXPECT_EQ(reader.lcore_totals(1).received, 7U);
  EXPECT_EQ(reader.lcore_totals(0).received, 0U);
  EXPECT_EQ(reader.flow_statistics(11).packets, 8U);
  EXPECT_EQ(reader.learned_endpoint(11).read({}), (Endpoint{*parse_ip("192.0.2.1"), 9}));
  EXPECT_EQ(reader.call_record(2).session.control_flags, 10U);
  EXPECT_EQ(reader.record_block(3).next, 11U);
  EXPECT_EQ(reader.header().tick, 12U);
}

}  // namespace
}  // namespace mediaplane::abi
