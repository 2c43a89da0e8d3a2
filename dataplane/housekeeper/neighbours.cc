// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/neighbours.h"

#include <algorithm>
#include <utility>

#include <rte_mbuf.h>

namespace mediaplane {
namespace {

constexpr std::uint8_t kQuestions = 3;
constexpr std::int32_t kQuestionInterval = 1 * kTicksPerSecond;
constexpr Tick kReconfirmAfter = 30 * kTicksPerSecond;
constexpr Tick kFreshFor = 5 * kTicksPerSecond;
constexpr std::uint32_t kQuestionsPerSecond = 100;
// Workers may hold a retired entry, and with it this number, for a millisecond or so.
constexpr Tick kReuseAfter = 10;
constexpr std::size_t kMaxHeld = 512;  // For all neighbours: the packet buffers are finite.

bool is_due(Tick when, Tick now) { return ticks_between(when, now) >= 0; }

}  // namespace

NeighbourIndex NeighbourTable::find(std::uint16_t ethdev, const IpAddress& ip) const {
  for (std::size_t i = 1; i < table_.size(); ++i) {
    if (table_[i].used && table_[i].ip == ip && table_[i].ethdev == ethdev) {
      return static_cast<NeighbourIndex>(i);
    }
  }
  return kNoNeighbour;
}

NeighbourIndex NeighbourTable::create(std::uint16_t ethdev, const IpAddress& ip, const Station& us,
                                      Tick now) {
  auto place = std::find_if(table_.begin() + 1, table_.end(), [&](const Neighbour& neighbour) {
    return !neighbour.used && now - neighbour.freed >= kReuseAfter;
  });
  const auto of_port = std::count_if(table_.begin(), table_.end(), [&](const auto& neighbour) {
    return neighbour.used && neighbour.ethdev == ethdev;
  });
  if (of_port == kMaxNeighboursOfPort) return kNoNeighbour;
  if (place == table_.end()) {
    if (table_.size() == kMaxNeighbours) return kNoNeighbour;
    place = table_.insert(table_.end(), Neighbour{});
  }
  *place = Neighbour{};
  place->used = true;
  place->ethdev = ethdev;
  place->ip = ip;
  place->us = us;
  return static_cast<NeighbourIndex>(place - table_.begin());
}

NeighbourIndex NeighbourTable::acquire(std::uint16_t ethdev, const IpAddress& ip, const Station& us,
                                       Tick now) {
  auto index = find(ethdev, ip);
  if (index == kNoNeighbour) index = create(ethdev, ip, us, now);
  if (index == kNoNeighbour) return index;
  auto& neighbour = table_[index];
  ++neighbour.users;
  if (!neighbour.known && !neighbour.asking) begin_asking(neighbour, now);
  return index;
}

void NeighbourTable::release(NeighbourIndex index, Tick now) {
  if (index == kNoNeighbour) return;
  auto& neighbour = table_[index];
  if (--neighbour.users > 0) return;
  drop_held_of(neighbour, Verdict::kUnresolved);
  macs_.set_unknown(index);
  neighbour.used = false;
  neighbour.freed = now;
}

NeighbourIndex NeighbourTable::pin(std::uint16_t ethdev, const IpAddress& ip, const MacAddress& mac,
                                   Tick now) {
  auto index = find(ethdev, ip);
  if (index == kNoNeighbour) index = create(ethdev, ip, {}, now);
  if (index == kNoNeighbour) return index;
  auto& neighbour = table_[index];
  ++neighbour.users;
  neighbour.pinned = neighbour.known = true;
  neighbour.mac = mac;
  macs_.set(index, mac);
  return index;
}

void NeighbourTable::begin_asking(Neighbour& neighbour, Tick now) {
  if (neighbour.pinned) return;
  if (std::exchange(neighbour.silent, false)) {  // Its packets are held again.
    macs_.set_unknown(static_cast<NeighbourIndex>(&neighbour - table_.data()));
  }
  neighbour.asking = true;
  neighbour.asked = 0;
  neighbour.next = now;
  ask(neighbour, now);
}

// One question: to the old MAC the first time, to everybody after that. Beyond the rate it waits,
// and false says so.
bool NeighbourTable::ask(Neighbour& neighbour, Tick now) {
  if (!links_.is_up(neighbour.ethdev)) return true;
  if (now - question_second_ >= kTicksPerSecond) {
    question_second_ = now;
    questions_ = 0;
  }
  if (questions_ == kQuestionsPerSecond) return false;
  const bool unicast = neighbour.known && neighbour.asked == 0 && !neighbour.doubted;
  const auto write = [&](std::byte* frame) {
    return write_question(frame, neighbour.us, neighbour.ip, unicast ? &neighbour.mac : nullptr);
  };
  if (!outbox_.generate(neighbour.ethdev, kMaxDiscoveryBytes, write)) return false;
  ++questions_;
  ++neighbour.asked;
  neighbour.next = now + kQuestionInterval;
  return true;
}

void NeighbourTable::hold(NeighbourIndex index, rte_mbuf* mbuf, Tick now) {
  if (index == kNoNeighbour || index >= table_.size() || !table_[index].used) {
    outbox_.drop(mbuf, Verdict::kUnresolved);
    return;
  }
  auto& neighbour = table_[index];
  if (neighbour.known) {  // It has answered since the worker looked.
    auto* frame = rte_pktmbuf_mtod(mbuf, std::byte*);
    store(frame, neighbour.mac);
    outbox_.send(mbuf, neighbour.ethdev);
    return;
  }
  if (!links_.is_up(neighbour.ethdev)) {
    outbox_.drop(mbuf, Verdict::kLinkDown);
    return;
  }
  if (!neighbour.asking && is_due(neighbour.next, now)) begin_asking(neighbour, now);
  if (!neighbour.asking || held() >= kMaxHeld) {  // It did not answer a moment ago, or a flood.
    outbox_.drop(mbuf, Verdict::kUnresolved);
    return;
  }
  if (neighbour.held_count == kHeldPackets) {  // The oldest voice is worth least.
    outbox_.drop(neighbour.held[0], Verdict::kUnresolved);
    std::shift_left(neighbour.held.begin(), neighbour.held.end(), 1);
    --neighbour.held_count;
    --held_;
  }
  neighbour.held[neighbour.held_count++] = mbuf;
  ++held_;
}

void NeighbourTable::learn(std::uint16_t ethdev, const IpAddress& ip, const MacAddress& mac,
                           bool answer, Tick now) {
  const auto index = find(ethdev, ip);
  if (index == kNoNeighbour) return;
  auto& neighbour = table_[index];
  if (neighbour.pinned) return;
  if (!neighbour.asking || !answer) {
    // Nobody asked. What is new is worth a question to everybody, but not at once after an answer:
    // whoever forges one of the two shall not win by being quick.
    const bool news = neighbour.known && neighbour.mac != mac && !neighbour.doubted;
    if (!news) return;
    neighbour.doubted = true;
    const Tick fresh_until = neighbour.confirmed + kFreshFor;
    neighbour.next = is_due(fresh_until, now) ? now : fresh_until;
    return;
  }
  neighbour.known = true;
  neighbour.asking = neighbour.doubted = false;
  neighbour.mac = mac;
  neighbour.confirmed = now;
  neighbour.next = now + kReconfirmAfter;
  macs_.set(index, mac);
  for (std::size_t i = 0; i < neighbour.held_count; ++i) {
    store(rte_pktmbuf_mtod(neighbour.held[i], std::byte*), mac);
    outbox_.send(neighbour.held[i], ethdev);
  }
  held_ -= neighbour.held_count;
  neighbour.held_count = 0;
}

void NeighbourTable::link_changed(std::uint16_t ethdev, bool is_up, Tick now) {
  links_.set(ethdev, is_up);
  for (std::size_t i = 1; i < table_.size(); ++i) {
    auto& neighbour = table_[i];
    if (!neighbour.used || neighbour.ethdev != ethdev) continue;
    if (!is_up) {
      drop_held_of(neighbour, Verdict::kLinkDown);
      continue;
    }
    begin_asking(neighbour, now);
  }
}

void NeighbourTable::give_up(NeighbourIndex index, Tick now) {
  auto& neighbour = table_[index];
  neighbour.asking = neighbour.known = false;
  neighbour.next = now + kQuestionInterval;
  macs_.set_silent(index);
  neighbour.silent = true;
  drop_held_of(neighbour, Verdict::kUnresolved);
}

void NeighbourTable::tick(Tick now) {
  const auto places = table_.size() - 1;
  const auto first = turn_;
  bool all_asked = true;
  for (std::size_t place = 0; place < places; ++place) {
    const auto i = 1 + (first - 1 + place) % places;
    auto& neighbour = table_[i];
    if (!neighbour.used || neighbour.pinned || !links_.is_up(neighbour.ethdev)) continue;
    if (!is_due(neighbour.next, now)) continue;
    if (neighbour.silent) {  // The next packet makes us ask again.
      neighbour.silent = false;
      macs_.set_unknown(static_cast<NeighbourIndex>(i));
    } else if (!neighbour.asking) {
      neighbour.next = now;  // The next packet may ask, however late it comes.
      if (neighbour.known) begin_asking(neighbour, now);
    } else if (neighbour.asked < kQuestions) {
      // Whoever is not asked for want of questions is the first the next time.
      if (!ask(neighbour, now) && std::exchange(all_asked, false)) turn_ = i;
    } else {
      give_up(static_cast<NeighbourIndex>(i), now);
    }
  }
}

void NeighbourTable::drop_held_of(Neighbour& neighbour, Verdict verdict) {
  for (std::size_t i = 0; i < neighbour.held_count; ++i) {
    outbox_.drop(neighbour.held[i], verdict);
  }
  held_ -= neighbour.held_count;
  neighbour.held_count = 0;
}

void NeighbourTable::drop_held(Verdict verdict) {
  for (auto& neighbour : table_) drop_held_of(neighbour, verdict);
}

std::vector<NeighbourInfo> NeighbourTable::all() const {
  std::vector<NeighbourInfo> infos;
  for (const auto& neighbour : table_) {
    if (!neighbour.used) continue;
    infos.push_back({neighbour.ethdev, neighbour.ip, neighbour.mac, neighbour.known});
  }
  return infos;
}

}  // namespace mediaplane
