// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/recording_desk.h"

#include <algorithm>

#include "controlplane/media/recording_format.h"

namespace mediaplane {
namespace {

std::pair<std::uint32_t, std::uint32_t> key_of(abi::SessionId session) {
  return {session.index, session.generation};
}

}  // namespace

void RecordingDesk::start(Start start) {
  auto& session = sessions_[key_of(start.session)];
  auto& own = session[abi::index_of(start.side)];
  own = std::move(start.files);
  auto& [rtp, rtcp] = own;
  if (!rtp && !rtcp) {
    rtp = session[abi::index_of(other(start.side))][abi::index_of(abi::Component::kRtp)];
    if (with_rtcp_) rtcp = rtp;
  }
}

RecordingDesk::Files RecordingDesk::stop(abi::SessionId session, abi::Side side) {
  const auto found = sessions_.find(key_of(session));
  if (found == sessions_.end()) return {};
  const auto ended = std::exchange(found->second[abi::index_of(side)], {});
  const auto& others = found->second[abi::index_of(other(side))];
  Files finished;
  for (const auto& file : ended) {
    const bool is_shared = std::find(others.begin(), others.end(), file) != others.end();
    const bool is_known = std::find(finished.begin(), finished.end(), file) != finished.end();
    if (file && !is_shared && !is_known) finished.push_back(file);
  }
  const bool is_over =
      std::all_of(others.begin(), others.end(), [](const auto& file) { return !file; });
  if (is_over) sessions_.erase(found);
  return finished;
}

RecordingDesk::Files RecordingDesk::stop_all() {
  Files finished;
  while (!sessions_.empty()) {
    const auto [index, generation] = sessions_.begin()->first;
    for (const auto side : {abi::Side::kCallee, abi::Side::kCaller}) {
      for (auto& file : stop({index, generation}, side)) finished.push_back(std::move(file));
    }
  }
  return finished;
}

bool RecordingDesk::is_sound(const abi::CopiedPacket& copy) const {
  if (copy.side > abi::Side::kCaller || copy.component > abi::Component::kRtcp) return false;
  if (copy.local_address >= local_addresses_.size()) return false;
  return copy.source.ip.family == local_addresses_[copy.local_address].family;
}

bool RecordingDesk::take(const abi::Message& message, std::uint64_t clock_start) {
  abi::CopiedPacket copy;
  RecordedPacket packet;
  if (message.header().type != abi::MessageType::kCopy || !message.read(copy, packet.payload) ||
      packet.payload.size() > abi::kMaxPacketPayload || !is_sound(copy)) {
    return false;
  }
  const auto session = sessions_.find(key_of(copy.session));
  if (session == sessions_.end()) return true;
  const auto& file = session->second[abi::index_of(copy.side)][abi::index_of(copy.component)];
  if (!file) return true;
  packet.microseconds = clock_start + copy.microseconds;
  packet.source = copy.source;
  packet.destination = {local_addresses_[copy.local_address], copy.udp_port};
  const auto head = format_ == RecordingFormat::kPcap ? pcap_head(packet) : ad_hoc_head(packet);
  file->append(head.bytes(), packet.payload);
  return true;
}

void RecordingDesk::flush() {
  for (auto& [id, sides] : sessions_) {
    for (auto& files : sides) {
      for (auto& file : files) {
        if (file) file->flush();
      }
    }
  }
}

}  // namespace mediaplane
