// SPDX-License-Identifier: BSD-2-Clause
// The call records in the region: what a control plane needs to go on after a restart. Short
// identifiers lie in the record itself, longer ones go on in a chain of blocks from a common pool.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/abi/region.h"

namespace mediaplane {

class CallRecords {
 public:
  // `region` is laid out; all its records and blocks are free.
  explicit CallRecords(abi::Region region);

  // Stores a session and its identifiers, in place of what was there. False (and nothing changed)
  // if there are too few blocks.
  bool store_session(const abi::Session& session, std::span<const std::byte> identifiers);
  // Only a side's flags change.
  void store_flags(std::uint32_t session, abi::Side side, std::uint16_t flags);
  void erase(std::uint32_t session);

 private:
  std::size_t blocks_of(std::uint32_t session) const;
  void clear(abi::CallRecord& record);
  void free_chain(std::uint32_t first);

  abi::Region region_;
  std::vector<std::uint32_t> free_blocks_;
};

}  // namespace mediaplane
