// SPDX-License-Identifier: BSD-2-Clause
// The data plane's end of the link, in the test's own process: handshake, region, rings, doorbells.
#pragma once

#include <optional>
#include <string>

#include "dataplane/abi/handshake.h"
#include "dataplane/abi/message_io.h"
#include "dataplane/abi/region.h"

namespace mediaplane {

class FakeDataplane {
 public:
  // Listens at `path` like a data plane with room for `sessions` sessions.
  FakeDataplane(const std::string& path, std::uint32_t sessions);

  // Takes a connection and its Hello.
  bool accept();
  // A well-formed Welcome with all descriptors; `changed` sees it before it leaves.
  template <typename Change>
  void welcome(Change changed) {
    abi::Welcome welcome = good_welcome();
    changed(welcome);
    send_welcome(welcome, true);
  }
  void welcome() { send_welcome(good_welcome(), true); }
  void refuse(const std::string& reason);
  void send_raw(std::string_view bytes);
  void disconnect() { connection_ = {}; }

  std::optional<abi::Message> receive();
  void reply(std::uint64_t request, abi::Status status);
  void send_event(abi::MessageType type, std::span<const std::byte> body);
  bool is_doorbell_rung();

  const abi::Hello& hello() const { return hello_; }
  abi::Region& region() { return *region_; }

 private:
  static constexpr std::size_t kDescriptors = abi::kFixedDescriptors + 1;

  abi::Welcome good_welcome() const;
  void send_welcome(const abi::Welcome& welcome, bool with_descriptors);
  void make_memory();
  void ring_doorbell();

  std::uint32_t sessions_;
  abi::FileDescriptor listener_;
  abi::FileDescriptor connection_;
  abi::Hello hello_;
  std::array<abi::FileDescriptor, kDescriptors> descriptors_;
  std::optional<abi::Mapping> region_memory_;
  std::optional<abi::Region> region_;
  std::optional<abi::SlotRing> commands_;
  std::optional<abi::SlotRing> events_;
  std::optional<abi::SlotRing> playback_;
  std::optional<abi::SlotRing> copies_;
};

}  // namespace mediaplane
