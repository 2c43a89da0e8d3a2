// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/abi/region.h"

#include "dataplane/abi/messages.h"

namespace mediaplane::abi {
namespace {

constexpr std::uint64_t kLine = 64;

// Reserves `count` elements behind `end`, returns their offset and moves `end` behind them.
std::uint64_t reserve(std::uint64_t& end, std::uint64_t count, std::uint64_t element_size) {
  const auto offset = end;
  end += (count * element_size + kLine - 1) / kLine * kLine;
  return offset;
}

}  // namespace

RegionLayout region_layout(std::uint32_t sessions, std::uint32_t lcores, std::uint32_t blocks) {
  RegionLayout layout;
  layout.header_size = sizeof(RegionHeader);
  layout.lcore_totals_size = sizeof(LcoreTotals);
  layout.flow_statistics_size = sizeof(FlowStatistics);
  layout.learned_endpoint_size = sizeof(LearnedEndpoint);
  layout.call_record_size = sizeof(CallRecord);
  layout.record_block_size = sizeof(RecordBlock);
  layout.slot_size = sizeof(Slot);
  layout.session_capacity = sessions;
  layout.lcore_count = lcores;
  layout.block_count = blocks;

  const auto flows = std::uint64_t{sessions} * kFlowsPerSession;
  std::uint64_t end = sizeof(RegionHeader);
  layout.lcore_totals_offset = reserve(end, lcores, sizeof(LcoreTotals));
  layout.flow_statistics_offset = reserve(end, flows, sizeof(FlowStatistics));
  layout.learned_endpoints_offset = reserve(end, flows, sizeof(LearnedEndpoint));
  layout.call_records_offset = reserve(end, sessions, sizeof(CallRecord));
  layout.record_blocks_offset = reserve(end, blocks, sizeof(RecordBlock));
  layout.size = end;
  return layout;
}

bool is_compatible(const RegionLayout& layout, std::uint64_t mapped_size) {
  if (layout.magic != kMagic || layout.version != kVersion) return false;
  const auto expected =
      region_layout(layout.session_capacity, layout.lcore_count, layout.block_count);
  return layout.header_size == expected.header_size &&
         layout.lcore_totals_size == expected.lcore_totals_size &&
         layout.flow_statistics_size == expected.flow_statistics_size &&
         layout.learned_endpoint_size == expected.learned_endpoint_size &&
         layout.call_record_size == expected.call_record_size &&
         layout.record_block_size == expected.record_block_size &&
         layout.slot_size == expected.slot_size && layout.size == expected.size &&
         layout.lcore_totals_offset == expected.lcore_totals_offset &&
         layout.flow_statistics_offset == expected.flow_statistics_offset &&
         layout.learned_endpoints_offset == expected.learned_endpoints_offset &&
         layout.call_records_offset == expected.call_records_offset &&
         layout.record_blocks_offset == expected.record_blocks_offset && layout.size <= mapped_size;
}

}  // namespace mediaplane::abi
