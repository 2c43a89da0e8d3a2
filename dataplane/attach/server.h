// SPDX-License-Identifier: BSD-2-Clause
// Where the control plane attaches: the SEQPACKET socket, the handshake, and what one attachment
// consists of: fresh rings and doorbells. A control plane that dies closes its socket;
// its rings are never looked at again. A second one is refused while the first lives.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dataplane/abi/handshake.h"
#include "dataplane/abi/message_io.h"
#include "dataplane/abi/shared_memory.h"
#include "dataplane/net/result.h"

namespace mediaplane {

class AttachServer {
 public:
  // Listens on `path`; text of the error otherwise. A socket file that nobody serves is replaced.
  // `region` is passed on to control planes; `hello` is what a fitting one has to say; each of
  // `workers` gets a copy ring.
  static Result<std::unique_ptr<AttachServer>, std::string> listen(
      const std::string& path, const abi::FileDescriptor& region, std::uint64_t region_size,
      const abi::Hello& hello, std::uint32_t workers);

  AttachServer(const AttachServer&) = delete;
  AttachServer& operator=(const AttachServer&) = delete;
  ~AttachServer();

  // Waits until something happens, `milliseconds` at most, and sees to the sockets. `also` is a
  // descriptor of the caller's that ends the wait too.
  void wait(int milliseconds);
  void watch(int descriptor);

  bool is_attached() const { return attachment_ != nullptr; }
  // Counts attachments; 0 = nobody is attached. Whoever sees it change has missed no end of one.
  std::uint64_t attachment() const { return attachment_ ? attachments_ : 0; }
  // The rings for copies of the present attachment, by worker; to be asked for once.
  std::vector<abi::SlotRing> take_copy_rings();

  // The next command; false if there is none. Garbage ends the attachment.
  bool receive(abi::Message& message);
  // The next packet of a prompt, likewise.
  bool receive_played(abi::Message& message);
  // Lets the control plane go, for it breaks the rules of the interface.
  void expel(const char* why) { detach(why); }
  // Queues a message for the control plane. Without one it is dropped.
  void send(abi::MessageType type, std::uint64_t request, std::span<const std::byte> body);
  // True while messages wait for room in the ring: take no more commands then.
  bool is_congested() const;
  // Rings the control plane's bell if something was sent since the last call.
  void flush();

 private:
  struct Unsent {
    abi::MessageType type;
    std::uint64_t request;
    std::vector<std::byte> body;
  };
  struct Attachment {
    abi::FileDescriptor socket;
    abi::SlotRing commands;
    abi::SlotRing events;
    abi::SlotRing playback;
    std::vector<abi::SlotRing> copies;  // By worker, until they are taken.
    abi::FileDescriptor command_doorbell;
    abi::FileDescriptor event_doorbell;
    std::vector<Unsent> unsent;
    bool ring_bell = false;
  };
  struct Offer {                                     // What is passed with a Welcome.
    std::vector<abi::FileDescriptor> ring_memories;  // In the order of the descriptors.
    std::unique_ptr<Attachment> attachment;
  };

  AttachServer() = default;
  void accept_some();
  void read_hello(int descriptor);
  bool hear(abi::FileDescriptor& socket);
  abi::Admission examine(const abi::Hello& hello, std::string& reason) const;
  void refuse(int descriptor, abi::Admission admission, const std::string& reason);
  bool admit(abi::FileDescriptor socket);
  bool receive_from(abi::SlotRing Attachment::*ring, const char* garbage, abi::Message& message);
  Result<Offer, int> prepare(abi::FileDescriptor socket) const;
  bool welcome(const Offer& offer) const;
  void detach(const char* why);

  std::string path_;
  const abi::FileDescriptor* region_ = nullptr;
  std::uint64_t region_size_ = 0;
  std::uint32_t workers_ = 0;
  abi::Hello fitting_;
  abi::FileDescriptor epoll_;
  abi::FileDescriptor listener_;
  bool has_more_to_accept_ = false;
  std::vector<abi::FileDescriptor> greeting_;  // Connected, but have not said hello yet.
  std::unique_ptr<Attachment> attachment_;
  std::uint64_t attachments_ = 0;  // So far.
  std::string last_refusal_;       // Logged already; whoever is refused comes again and again.
};

}  // namespace mediaplane
