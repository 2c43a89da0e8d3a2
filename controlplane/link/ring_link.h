// SPDX-License-Identifier: BSD-2-Clause
// The link over shared memory: looks for the data plane until it is there, carries messages over
// the rings, and notices when the data plane goes. Nothing here waits: an outer event loop watches
// descriptor() and calls poll(), and calls tick() every few hundredths of a second.
#pragma once

#include <optional>
#include <string>

#include "controlplane/call/dataplane_link.h"
#include "controlplane/link/attachment.h"
#include "dataplane/abi/message_io.h"

namespace mediaplane {

inline constexpr std::chrono::milliseconds kAttachInterval{20};

class RingLink final : public DataplaneLink {
 public:
  RingLink(std::string socket_path, const abi::Hello& hello);

  // Readable when poll() has something to do.
  int descriptor() const { return epoll_.get(); }

  // A data plane has been found: attached, or about to be. It may still be letting go of a control
  // plane that has just died.
  bool is_reaching() const { return has_connected_ || attachment_; }

  void poll(Time now, LinkEvents& events);
  void tick(Time now, LinkEvents& events);

  bool set_session(RequestNumber request, const abi::Session& session, std::string_view call_id,
                   std::string_view from_tag, std::string_view extra) override;
  bool remove_session(RequestNumber request, abi::SessionId session) override;
  bool synchronize(RequestNumber request) override;
  const abi::Region* region() const override;
  std::shared_ptr<MediaRings> media_rings() const override;

 private:
  void connect(Time now);
  void greet(Time now, LinkEvents& events);
  void log_absence(const std::string& reason);
  bool is_socket_closed() const;
  void receive_events(Time now, LinkEvents& events);
  bool dispatch(const abi::Message& message, Time now, LinkEvents& events);
  void lose(const std::string& reason, Time now, LinkEvents& events);
  bool send(abi::MessageType type, RequestNumber request, std::span<const std::byte> body,
            std::span<const std::byte> tail = {});
  void watch(int descriptor);

  std::string socket_path_;
  abi::Hello hello_;
  abi::FileDescriptor epoll_;
  abi::FileDescriptor greeting_;  // Connected, and waiting for the Welcome.
  std::optional<Attachment> attachment_;
  std::optional<abi::Region> region_;
  bool has_connected_ = false;  // By the last attempt.
  Time next_attempt_{};
  std::string last_absence_;
};

}  // namespace mediaplane
