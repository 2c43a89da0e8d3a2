// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/records.h"

#include <algorithm>
#include <new>

namespace mediaplane {
namespace {

using abi::CallRecord;
using abi::RecordBlock;

std::size_t blocks_for(std::size_t length) {
  if (length <= CallRecord::kInlineBytes) return 0;
  return (length - CallRecord::kInlineBytes + RecordBlock::kBytes - 1) / RecordBlock::kBytes;
}

// As long as this lives, readers see that the record is being written.
class Writing {
 public:
  explicit Writing(CallRecord& record) : version_(record.version) { count(); }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;
  ~Writing() { count(); }

 private:
  // In one step with both orders, so that no write moves out of here to either side.
  void count() { version_.fetch_add(1, std::memory_order_acq_rel); }

  std::atomic<std::uint32_t>& version_;
};

}  // namespace

CallRecords::CallRecords(abi::Region region) : region_(region) {
  const auto& layout = region.layout();
  for (std::uint32_t i = 0; i < layout.session_capacity; ++i) {
    new (&region.call_record(i)) CallRecord;
  }
  for (std::uint32_t i = layout.block_count; i > 0; --i) free_blocks_.push_back(i - 1);
}

std::size_t CallRecords::blocks_of(std::uint32_t session) const {
  return blocks_for(region_.call_record(session).session.identifiers_length());
}

void CallRecords::free_chain(std::uint32_t first) {
  while (first != abi::kNoBlock) {
    free_blocks_.push_back(first);
    first = region_.record_block(first).next;
  }
}

bool CallRecords::store_session(const abi::Session& session,
                                std::span<const std::byte> identifiers) {
  const auto index = session.id.index;
  if (blocks_for(identifiers.size()) > free_blocks_.size() + blocks_of(index)) return false;
  auto& record = region_.call_record(index);
  const Writing writing(record);
  clear(record);
  const auto inline_bytes = std::min(identifiers.size(), CallRecord::kInlineBytes);
  std::copy_n(identifiers.begin(), inline_bytes, record.identifiers.begin());
  identifiers = identifiers.subspan(inline_bytes);
  auto* link = &record.first_block;
  while (!identifiers.empty()) {
    *link = free_blocks_.back();
    free_blocks_.pop_back();
    auto& block = *new (&region_.record_block(*link)) RecordBlock;
    const auto bytes = std::min(identifiers.size(), RecordBlock::kBytes);
    std::copy_n(identifiers.begin(), bytes, block.bytes.begin());
    identifiers = identifiers.subspan(bytes);
    link = &block.next;
  }
  record.session = session;
  return true;
}

void CallRecords::store_flags(std::uint32_t session, abi::Side side, std::uint16_t flags) {
  auto& record = region_.call_record(session);
  const Writing writing(record);
  record.session.sides[abi::index_of(side)].flags = flags;
}

void CallRecords::erase(std::uint32_t session) {
  auto& record = region_.call_record(session);
  const Writing writing(record);
  clear(record);
}

void CallRecords::clear(CallRecord& record) {
  free_chain(record.first_block);
  record.session = {};
  record.first_block = abi::kNoBlock;
}

}  // namespace mediaplane
