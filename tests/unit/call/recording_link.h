// SPDX-License-Identifier: BSD-2-Clause
// A data plane that notes what it is told and confirms when a test says so. It has a region like
// the real one, which a test may write.
#pragma once

#include <cstddef>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/call/dataplane_link.h"

namespace mediaplane {

class RecordingLink final : public DataplaneLink {
 public:
  struct Sent {
    RequestNumber request = 0;
    abi::MessageType type{};
    abi::SessionId id;
    abi::Session session;
    std::string call_id;
    std::string from_tag;
    std::string extra;
  };

  explicit RecordingLink(std::uint32_t sessions)
      : layout_(abi::region_layout(sessions, 1, 1)), memory_(layout_.size / sizeof(Line) + 1) {
    auto* base = reinterpret_cast<std::byte*>(memory_.data());
    (new (base) abi::RegionHeader)->layout = layout_;
    region_.emplace(base);
  }

  bool set_session(RequestNumber request, const abi::Session& session, std::string_view call_id,
                   std::string_view from_tag, std::string_view extra) override {
    return note({request, abi::MessageType::kSetSession, session.id, session, std::string(call_id),
                 std::string(from_tag), std::string(extra)});
  }
  bool remove_session(RequestNumber request, abi::SessionId session) override {
    return note({request, abi::MessageType::kRemoveSession, session, {}, {}, {}, {}});
  }
  bool synchronize(RequestNumber request) override {
    return note({request, abi::MessageType::kSynchronize, {}, {}, {}, {}, {}});
  }
  const abi::Region* region() const override { return &*region_; }

  std::shared_ptr<MediaRings> media_rings() const override { return rings; }

  std::shared_ptr<MediaRings> rings;
  bool is_full = false;
  std::vector<Sent> sent;

 private:
  struct alignas(64) Line {
    std::byte bytes[64];
  };

  bool note(Sent message) {
    if (!is_full) sent.push_back(std::move(message));
    return !is_full;
  }

  abi::RegionLayout layout_;
  std::vector<Line> memory_;
  std::optional<abi::Region> region_;
};

}  // namespace mediaplane
