// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/recording_desk.h"

#include <algorithm>

#include "controlplane/media/recording_format.h"

namespace mediaplane {
namespace {

std::pair<std::uint32_t, std::uint32_t> key_of(abi::SessionId session) {
  return {session.index, session.generation};
}

// Those of `left` that are not among `others`, each once.
RecordingDesk::Files ownerless(const RecordingDesk::SideFiles& left,
                               const RecordingDesk::SideFiles& others) {
  RecordingDesk::Files files;
  for (const auto& file : left.files) {
    const bool is_shared =
        std::find(others.files.begin(), others.files.end(), file) != others.files.end();
    const bool is_known = std::find(files.begin(), files.end(), file) != files.end();
    if (file && !is_shared && !is_known) files.push_back(file);
  }
  return files;
}

}  // namespace

std::shared_ptr<RecordingFile> RecordingDesk::file_to_share(abi::SessionId session,
                                                            abi::Side side) const {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(key_of(session));
  if (found == sessions_.end()) return nullptr;
  const auto& files = found->second[abi::index_of(other(side))];
  return files.is_one_file && !files.is_ending ? files.files[0] : nullptr;
}

RecordingDesk::Files RecordingDesk::start(const Place& place, SideFiles files) {
  const std::lock_guard lock(mutex_);
  auto& sides = sessions_[key_of(place.session)];
  files.number = place.number;
  const auto before = std::exchange(sides[abi::index_of(place.side)], std::move(files));
  return ownerless(before, sides[abi::index_of(other(place.side))]);
}

void RecordingDesk::announce_end(const Place& place) {
  const std::lock_guard lock(mutex_);
  auto& files = sessions_[key_of(place.session)][abi::index_of(place.side)];
  if (files.number == place.number) files.is_ending = true;
}

RecordingDesk::Files RecordingDesk::stop(const Place& place) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(key_of(place.session));
  if (found == sessions_.end()) return {};
  auto& own = found->second[abi::index_of(place.side)];
  const auto& others = found->second[abi::index_of(other(place.side))];
  if (own.number != place.number) return {};
  const auto ended = std::exchange(own, {});
  auto files = ownerless(ended, others);
  if (others.number == 0) sessions_.erase(found);
  return files;
}

RecordingDesk::Files RecordingDesk::stop_all() {
  const std::lock_guard lock(mutex_);
  Files files;
  for (auto& [id, sides] : sessions_) {
    auto& [callee, caller] = sides;
    std::ranges::copy(ownerless(callee, caller), std::back_inserter(files));
    std::ranges::copy(ownerless(caller, {}), std::back_inserter(files));
  }
  sessions_.clear();
  return files;
}

bool RecordingDesk::is_empty() const {
  const std::lock_guard lock(mutex_);
  return sessions_.empty();
}

bool RecordingDesk::is_sound(const abi::CopiedPacket& copy) const {
  if (copy.side > abi::Side::kCaller || copy.component > abi::Component::kRtcp) return false;
  if (copy.local_address >= local_addresses_.size()) return false;
  return copy.source.ip.family == local_addresses_[copy.local_address].family;
}

std::shared_ptr<RecordingFile> RecordingDesk::file_for(const abi::CopiedPacket& copy) const {
  const std::lock_guard lock(mutex_);
  const auto session = sessions_.find(key_of(copy.session));
  if (session == sessions_.end()) return nullptr;
  return session->second[abi::index_of(copy.side)].files[abi::index_of(copy.component)];
}

bool RecordingDesk::take(const abi::Message& message, std::uint64_t clock_start) {
  abi::CopiedPacket copy;
  RecordedPacket packet;
  if (message.header().type != abi::MessageType::kCopy || !message.read(copy, packet.payload) ||
      packet.payload.size() > abi::kMaxPacketPayload || !is_sound(copy)) {
    return false;
  }
  const auto file = file_for(copy);
  if (!file) return true;
  packet.microseconds = clock_start + copy.microseconds;
  packet.source = copy.source;
  packet.destination = {local_addresses_[copy.local_address], copy.udp_port};
  const auto head = format_ == RecordingFormat::kPcap ? pcap_head(packet) : ad_hoc_head(packet);
  file->append(head.bytes(), packet.payload);
  return true;
}

void RecordingDesk::flush() {
  Files all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, sides] : sessions_) {
      for (const auto& side : sides) {
        std::ranges::copy_if(side.files, std::back_inserter(all),
                             [](const auto& file) { return file != nullptr; });
      }
    }
  }
  for (const auto& file : all) file->flush();
}

}  // namespace mediaplane
