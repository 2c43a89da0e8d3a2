// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/region_memory.h"

#include <cstring>
#include <new>
#include <random>

#include <spdlog/fmt/fmt.h>

namespace mediaplane {
namespace {

std::uint64_t random_instance() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

std::string no_memory(std::uint64_t size, int error) {
  return fmt::format("{} MB shared with the control plane: {}; lower dataplane.max_sessions",
                     (size >> 20) + 1, std::strerror(error));
}

}  // namespace

Result<RegionMemory, std::string> RegionMemory::create(const Config& config) {
  const auto sessions = config.dataplane.max_sessions;
  const auto lcores = static_cast<std::uint32_t>(config.dataplane.worker_cpus.size() + 1);
  auto layout = abi::region_layout(sessions, lcores, abi::record_blocks_for(sessions));
  layout.instance = random_instance();
  const auto pages = config.dataplane.huge_pages ? abi::Pages::kHuge : abi::Pages::kSmall;
  auto memory = abi::make_shared_memory("mediaplane-region", layout.size, pages);
  if (!memory) return failure(no_memory(layout.size, memory.error()));
  auto mapping = abi::map_shared_memory(*memory, layout.size, abi::Access::kReadWrite);
  if (!mapping) return failure(no_memory(layout.size, mapping.error()));
  if (auto sealed = abi::seal_against_writers(*memory); !sealed) {
    return failure(no_memory(layout.size, sealed.error()));
  }
  // Fresh memory is zero, and zero is where all counters begin.
  auto& header = *new (mapping->base()) abi::RegionHeader;
  header.layout = layout;
  return RegionMemory(std::move(*memory), std::move(*mapping));
}

}  // namespace mediaplane
