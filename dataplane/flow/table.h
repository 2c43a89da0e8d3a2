// SPDX-License-Identifier: BSD-2-Clause
// The flow table: a lock-free rte_hash from FlowKey to FlowEntry.
//
// One writer, the housekeeper, drafts entries, publishes and removes them. Workers look up in bulk
// and report quiescent states. An entry that was replaced or removed, and the hash's key slot of a
// removed one, are *retired*: used again only after every worker has passed a quiescent state.
// Nobody waits for that; reclaim() takes back what is ripe.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include <rte_rcu_qsbr.h>

#include "dataplane/flow/entry.h"
#include "dataplane/flow/key.h"

struct rte_hash;

namespace mediaplane {

inline constexpr std::uint32_t kBurst = 32;

class FlowTable {
 public:
  // Room for `capacity` flows and as many readers as `workers`. Needs EAL memory; null if there is
  // too little of it.
  static std::unique_ptr<FlowTable> create(std::uint32_t capacity, std::uint32_t workers);
  // Bytes of EAL memory that create() takes, roughly.
  static std::size_t memory_bytes(std::uint32_t capacity);

  FlowTable(const FlowTable&) = delete;
  FlowTable& operator=(const FlowTable&) = delete;
  ~FlowTable();

  // For the writer.

  // An entry to be filled in; null if all wait for their grace period. It is either published or
  // given back by discard().
  FlowEntry* draft();
  void discard(FlowEntry* entry);
  // Makes `entry` what the key leads to. `replaced` is what it led to before, or null. False (and
  // nothing changed) if the hash is full.
  bool publish(const FlowKey& key, FlowEntry* entry, FlowEntry* replaced);
  void remove(const FlowKey& key, FlowEntry* entry);
  const FlowEntry* find(const FlowKey& key) const;
  void reclaim();

  // For whatever else workers find through a pointer: withdraw it, begin a grace period, and free
  // it when that is over. Nobody waits.
  std::uint64_t begin_grace() const { return rte_rcu_qsbr_start(qsbr_); }
  bool is_over(std::uint64_t grace) const { return rte_rcu_qsbr_check(qsbr_, grace, false) == 1; }

  std::uint32_t size() const;
  // What the next published entry gets.
  std::uint32_t next_generation() const {
    return next_generation_ == 0xffffffff ? 1 : next_generation_ + 1;
  }
  std::size_t retired() const { return retired_.size(); }
  std::size_t free_entries() const { return free_.size(); }

  // For the workers, each by its number.

  // What the hash keeps for a key: the entry's flow, and its place, so that both lines that a
  // packet needs can be fetched at the same time.
  struct Finding {
    abi::FlowIndex flow;
    std::uint32_t place;
  };
  // Up to kBurst keys, which stay where they are.
  struct Keys {
    std::uint32_t count = 0;
    std::array<const void*, kBurst> keys;
    std::array<std::uint32_t, kBurst> hashes;

    void add(const FlowKey& key) {
      keys[count] = &key;
      hashes[count++] = hash_of(key);
    }
  };
  // What they lead to. In the answer a bit is set for each key that leads to something; the
  // findings of the others mean nothing.
  std::uint32_t look_up(Keys& keys, std::span<Finding, kBurst> findings) const;
  const FlowEntry& entry(Finding finding) const { return entries_[finding.place]; }
  void enter(std::uint32_t worker);
  void leave(std::uint32_t worker);
  // Says that the worker holds no entry any more.
  void pass(std::uint32_t worker) const { rte_rcu_qsbr_quiescent(qsbr_, worker); }

 private:
  struct Retired {
    std::uint64_t grace;
    FlowEntry* entry;
    std::int32_t key_position;  // -1: the key lives on.
  };

  FlowTable() = default;
  void retire(FlowEntry* entry, std::int32_t key_position);

  rte_hash* hash_ = nullptr;
  rte_rcu_qsbr* qsbr_ = nullptr;
  FlowEntry* entries_ = nullptr;
  std::vector<FlowEntry*> free_;
  std::deque<Retired> retired_;
  std::uint32_t next_generation_ = 0;
};

}  // namespace mediaplane
