// SPDX-License-Identifier: BSD-2-Clause
// The memory of the region: made, laid out, and sealed so that only this process can write it.
#pragma once

#include <string>

#include "config/config.h"
#include "dataplane/abi/region.h"
#include "dataplane/abi/shared_memory.h"
#include "dataplane/net/result.h"

namespace mediaplane {

class RegionMemory {
 public:
  static Result<RegionMemory, std::string> create(const Config& config);

  abi::Region region() const { return abi::Region(mapping_.base()); }
  const abi::FileDescriptor& descriptor() const { return memory_; }

 private:
  RegionMemory(abi::FileDescriptor memory, abi::Mapping mapping)
      : memory_(std::move(memory)), mapping_(std::move(mapping)) {}

  abi::FileDescriptor memory_;
  abi::Mapping mapping_;
};

}  // namespace mediaplane
