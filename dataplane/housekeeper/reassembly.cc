// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/reassembly.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include <rte_hash_crc.h>

namespace mediaplane {
namespace {

constexpr std::uint32_t kLongestOfIp = 65535;

std::uint32_t end_of(const Fragment& fragment) {
  return fragment.offset + static_cast<std::uint32_t>(fragment.bytes.size());
}

// Never 0.
std::uint32_t tag_of(const Fragment& fragment) {
  auto hash = fragment.id;
  for (const auto* ip : {&fragment.source, &fragment.destination}) {
    for (const auto word : std::bit_cast<std::array<std::uint64_t, 2>>(ip->bytes)) {
      hash = rte_hash_crc_8byte(word, hash);
    }
  }
  return hash | 1;
}

SprayHost host_of(const IpAddress& ip) {
  return ip.family == IpFamily::kIpv4 ? spray_host_of(ip.ipv4()) : spray_host_of(ip.bytes);
}

// What is wrong with a fragment whatever the others are.
Verdict flaw_of(const Fragment& fragment) {
  const auto size = fragment.bytes.size();
  const bool is_odd = fragment.has_more && (size % 8 != 0 || size < Reassembly::kLeastBytes);
  if (size == 0 || is_odd || end_of(fragment) > kLongestOfIp) return Verdict::kBadFragment;
  return end_of(fragment) > Reassembly::kLongest ? Verdict::kFragmentTooLong : Verdict::kForward;
}

}  // namespace

Reassembly::Reassembly(Outbox& outbox)
    : outbox_(outbox),
      free_(kDatagrams),
      bytes_(std::make_unique_for_overwrite<std::byte[]>(kDatagrams * kLongest)) {
  std::iota(free_.rbegin(), free_.rend(), PlaceIndex{0});
}

bool Reassembly::Place::is_of(const Fragment& fragment) const {
  return id == fragment.id && source == fragment.source && destination == fragment.destination;
}

std::uint32_t Reassembly::Place::end() const {
  std::uint32_t end = 0;
  for (std::size_t i = 0; i < count; ++i) end = std::max(end, pieces[i].end);
  return end;
}

std::optional<Reassembly::PlaceIndex> Reassembly::find(const Fragment& fragment) const {
  const auto tag = tag_of(fragment);
  for (PlaceIndex i = 0; i < kDatagrams; ++i) {
    if (tags_[i] == tag && places_[i].is_of(fragment)) return i;
  }
  return std::nullopt;
}

// For a new datagram of this host: nobody while there is room.
std::optional<Reassembly::PlaceIndex> Reassembly::who_has_to_go(SprayHost host) const {
  std::optional<PlaceIndex> oldest;
  std::optional<PlaceIndex> oldest_of_host;
  std::size_t of_host = 0;
  const auto is_older = [this](PlaceIndex index, const std::optional<PlaceIndex>& than) {
    return !than || ages_[index] < ages_[*than];
  };
  for (PlaceIndex i = 0; i < kDatagrams; ++i) {
    if (ages_[i] == 0) continue;
    if (is_older(i, oldest)) oldest = i;
    if (hosts_[i] != host) continue;
    ++of_host;
    if (is_older(i, oldest_of_host)) oldest_of_host = i;
  }
  if (of_host >= kDatagramsOfSource) return oldest_of_host;
  return free_.empty() ? oldest : std::nullopt;
}

Reassembly::PlaceIndex Reassembly::begin(const Fragment& fragment, Tick now) {
  const auto host = host_of(fragment.source);
  if (const auto former = who_has_to_go(host)) {
    drop_pieces(*former, Verdict::kFragmentTableFull);
    release(*former);
  }
  const auto index = free_.back();
  free_.pop_back();
  auto& place = places_[index];
  place = {};
  place.source = fragment.source;
  place.destination = fragment.destination;
  place.id = fragment.id;
  place.begun = now;
  tags_[index] = tag_of(fragment);
  hosts_[index] = host;
  ages_[index] = next_age_++;
  return index;
}

void Reassembly::drop_pieces(PlaceIndex index, Verdict verdict) {
  auto& place = places_[index];
  outbox_.count_dropped(verdict, place.count);
  held_ -= place.count;
  place.count = 0;
}

void Reassembly::release(PlaceIndex index) {
  tags_[index] = 0;
  hosts_[index] = 0;
  ages_[index] = 0;
  free_.push_back(index);
}

// Why the fragment cannot be one of this datagram's; kForward: it can.
Verdict Reassembly::objection(PlaceIndex index, const Fragment& fragment) const {
  const auto& place = places_[index];
  const auto end = end_of(fragment);
  for (std::size_t i = 0; i < place.count; ++i) {
    const auto& piece = place.pieces[i];
    const bool is_same =
        piece.begin == fragment.offset && piece.end == end &&
        fragment.has_more == (end != place.length) &&
        std::equal(fragment.bytes.begin(), fragment.bytes.end(), bytes_of(index) + fragment.offset);
    if (is_same) return Verdict::kFragmentDuplicate;
    if (fragment.offset < piece.end && piece.begin < end) return Verdict::kFragmentOverlap;
  }
  // The last fragment, and only that, ends the datagram.
  const bool is_behind_end = place.length != 0 && (end > place.length || !fragment.has_more);
  if (is_behind_end || (!fragment.has_more && place.end() > end)) return Verdict::kFragmentOverlap;
  return place.count == kMaxFragments ? Verdict::kFragmentTooLong : Verdict::kForward;
}

Verdict Reassembly::add(PlaceIndex index, const Fragment& fragment) {
  auto& place = places_[index];
  const auto verdict = objection(index, fragment);
  if (verdict != Verdict::kForward) return verdict;
  std::copy(fragment.bytes.begin(), fragment.bytes.end(), bytes_of(index) + fragment.offset);
  place.pieces[place.count++] = {fragment.offset, end_of(fragment)};
  place.present += static_cast<std::uint32_t>(fragment.bytes.size());
  if (!fragment.has_more) place.length = end_of(fragment);
  ++held_;
  return verdict;
}

std::optional<WholeDatagram> Reassembly::take(const Fragment& fragment, Tick now) {
  const auto flaw = flaw_of(fragment);
  auto found = flaw == Verdict::kBadFragment ? std::nullopt : find(fragment);
  if (!found && flaw == Verdict::kForward) found = begin(fragment, now);
  if (!found) {
    outbox_.count_dropped(flaw);
    return std::nullopt;
  }
  auto& place = places_[*found];
  auto verdict = place.ended;
  if (verdict == Verdict::kForward) {
    verdict = flaw != Verdict::kForward ? flaw : add(*found, fragment);
    if (verdict == Verdict::kFragmentOverlap || verdict == Verdict::kFragmentTooLong) {
      drop_pieces(*found, verdict);
      place.ended = verdict;
    }
  }
  if (verdict != Verdict::kForward) {
    outbox_.count_dropped(verdict);
    return std::nullopt;
  }
  if (place.length == 0 || place.present != place.length) return std::nullopt;
  outbox_.count_consumed(place.count);
  held_ -= place.count;
  release(*found);
  return WholeDatagram{place.source,
                       place.destination,
                       fragment.source_mac,
                       fragment.hops,
                       {bytes_of(*found), place.length}};
}

void Reassembly::tick(Tick now) {
  for (PlaceIndex i = 0; i < kDatagrams; ++i) {
    if (ages_[i] == 0) continue;
    const auto age = ticks_between(places_[i].begun, now);
    if (age < static_cast<std::int32_t>(kPatience)) continue;
    drop_pieces(i, Verdict::kFragmentTimeout);
    release(i);
  }
}

void Reassembly::drop_held(Verdict verdict) {
  for (PlaceIndex i = 0; i < kDatagrams; ++i) {
    if (ages_[i] == 0) continue;
    drop_pieces(i, verdict);
    release(i);
  }
}

}  // namespace mediaplane
