// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/flow/table.h"

#include <array>
#include <bit>
#include <cassert>
#include <cstdio>
#include <new>

#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_malloc.h>

namespace mediaplane {
namespace {

// Entries beyond the capacity: those that wait for their grace period, which is a millisecond at
// most (workers sleep no longer).
constexpr std::uint32_t kSlack = 4096;

// Key slots wait for grace periods as entries do, so there is one for each entry: whoever has a
// draft finds a slot. rte_hash fills to 98 % or better before an insertion fails.
constexpr std::uint32_t key_slots(std::uint32_t capacity) {
  return capacity + capacity / 4 + kSlack;
}

// rte_hash hashes keys itself when no hash is handed in; both ways must agree.
std::uint32_t hash_function(const void* key, std::uint32_t, std::uint32_t) {
  return hash_of(load<FlowKey>(static_cast<const std::byte*>(key)));
}

rte_hash* create_hash(std::uint32_t capacity) {
  static std::atomic<unsigned> number{0};
  std::array<char, RTE_HASH_NAMESIZE> name{};
  std::snprintf(name.data(), name.size(), "flows%u", number.fetch_add(1));
  rte_hash_parameters parameters{};
  parameters.name = name.data();
  parameters.entries = key_slots(capacity);
  parameters.key_len = sizeof(FlowKey);
  parameters.hash_func = hash_function;
  parameters.socket_id = SOCKET_ID_ANY;
  parameters.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF;
  return rte_hash_create(&parameters);
}

// What the hash keeps for a key: the entry's place, and its flow, so that both lines that a packet
// needs can be fetched at the same time.
void* packed(std::size_t place, abi::FlowIndex flow) {
  return std::bit_cast<void*>(std::uint64_t{place} << 32 | flow);
}
std::size_t place_of(const void* data) { return std::bit_cast<std::uint64_t>(data) >> 32; }
abi::FlowIndex flow_of(const void* data) {
  return static_cast<abi::FlowIndex>(std::bit_cast<std::uint64_t>(data));
}

}  // namespace

std::size_t FlowTable::memory_bytes(std::uint32_t capacity) {
  // rte_hash: 32 bytes for a key, and its buckets and free list by powers of two.
  const std::size_t keys = key_slots(capacity);
  return (std::size_t{capacity} + kSlack) * sizeof(FlowEntry) + keys * 32 +
         std::bit_ceil(keys + 1) * 16;
}

std::unique_ptr<FlowTable> FlowTable::create(std::uint32_t capacity, std::uint32_t workers) {
  std::unique_ptr<FlowTable> table(new FlowTable);
  table->hash_ = create_hash(capacity);
  table->qsbr_ = static_cast<rte_rcu_qsbr*>(
      rte_zmalloc("qsbr", rte_rcu_qsbr_get_memsize(workers), RTE_CACHE_LINE_SIZE));
  const std::size_t entries = std::size_t{capacity} + kSlack;
  table->entries_ = static_cast<FlowEntry*>(
      rte_zmalloc("entries", entries * sizeof(FlowEntry), RTE_CACHE_LINE_SIZE));
  if (table->hash_ == nullptr || table->qsbr_ == nullptr || table->entries_ == nullptr ||
      rte_rcu_qsbr_init(table->qsbr_, workers) != 0) {
    return nullptr;
  }
  table->free_.reserve(entries);
  for (std::size_t i = entries; i > 0; --i) {
    table->free_.push_back(new (table->entries_ + i - 1) FlowEntry);
  }
  return table;
}

FlowTable::~FlowTable() {
  rte_hash_free(hash_);
  rte_free(qsbr_);
  rte_free(entries_);
}

FlowEntry* FlowTable::draft() {
  if (free_.empty()) reclaim();
  if (free_.empty()) return nullptr;
  FlowEntry* entry = free_.back();
  free_.pop_back();
  std::memset(static_cast<void*>(entry), 0,
              sizeof *entry);  // Entries are compared, padding and all.
  return new (entry) FlowEntry;
}

void FlowTable::discard(FlowEntry* entry) { free_.push_back(entry); }

bool FlowTable::publish(const FlowKey& key, FlowEntry* entry, FlowEntry* replaced) {
  if (++next_generation_ == 0) ++next_generation_;
  entry->generation.store(next_generation_, std::memory_order_release);
  auto* data = packed(static_cast<std::size_t>(entry - entries_), entry->flow);
  if (rte_hash_add_key_with_hash_data(hash_, &key, hash_of(key), data) != 0) return false;
  if (replaced != nullptr) retire(replaced, -1);
  return true;
}

void FlowTable::remove(const FlowKey& key, FlowEntry* entry) {
  const auto position = rte_hash_del_key_with_hash(hash_, &key, hash_of(key));
  assert(position >= 0);
  retire(entry, position);
}

const FlowEntry* FlowTable::find(const FlowKey& key) const {
  void* data = nullptr;
  const auto position = rte_hash_lookup_with_hash_data(hash_, &key, hash_of(key), &data);
  return position < 0 ? nullptr : entries_ + place_of(data);
}

void FlowTable::retire(FlowEntry* entry, std::int32_t key_position) {
  retired_.push_back({begin_grace(), entry, key_position});
}

void FlowTable::reclaim() {
  while (!retired_.empty() && is_over(retired_.front().grace)) {
    const auto& ripe = retired_.front();
    if (ripe.key_position >= 0) rte_hash_free_key_with_position(hash_, ripe.key_position);
    free_.push_back(ripe.entry);
    retired_.pop_front();
  }
}

std::uint32_t FlowTable::size() const { return static_cast<std::uint32_t>(rte_hash_count(hash_)); }

void FlowTable::look_up(std::span<const FlowKey* const> keys, std::span<Finding> findings) const {
  std::array<const void*, kBurst> pointers;
  std::array<std::uint32_t, kBurst> hashes;
  std::array<void*, kBurst> found;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    pointers[i] = keys[i];
    hashes[i] = hash_of(*keys[i]);
  }
  std::uint64_t hits = 0;
  rte_hash_lookup_with_hash_bulk_data(hash_, pointers.data(), hashes.data(),
                                      static_cast<std::uint32_t>(keys.size()), &hits, found.data());
  for (std::size_t i = 0; i < keys.size(); ++i, hits >>= 1) {
    findings[i] = (hits & 1) != 0 ? Finding{entries_ + place_of(found[i]), flow_of(found[i])}
                                  : Finding{nullptr, 0};
  }
}

void FlowTable::enter(std::uint32_t worker) {
  rte_rcu_qsbr_thread_register(qsbr_, worker);
  rte_rcu_qsbr_thread_online(qsbr_, worker);
}

void FlowTable::leave(std::uint32_t worker) {
  rte_rcu_qsbr_thread_offline(qsbr_, worker);  // Nobody waits for it then.
}

}  // namespace mediaplane
