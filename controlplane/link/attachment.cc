// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/link/attachment.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <sys/socket.h>
#include <sys/un.h>

namespace mediaplane {
namespace {

using abi::FileDescriptor;

constexpr std::uint32_t kMaxRingSlots = 1U << 20;

using Descriptors = std::vector<FileDescriptor>;

struct ReceivedWelcome {
  abi::Welcome welcome;
  Descriptors descriptors;
  bool is_whole = false;  // Exactly one Welcome with exactly its descriptors.
};

std::string system_error(const char* what, int error) {
  return std::string(what) + ": " + std::system_category().message(error);
}

// Owns all descriptors of a control message at once, so that none stays open whatever follows.
std::size_t take_descriptors(const cmsghdr& message, Descriptors& descriptors) {
  if (message.cmsg_level != SOL_SOCKET || message.cmsg_type != SCM_RIGHTS) return 0;
  const auto count = (message.cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (std::size_t i = 0; i < count; ++i) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(&message) + i * sizeof fd, sizeof fd);
    FileDescriptor owned(fd);
    descriptors.push_back(std::move(owned));
  }
  return count;
}

// The number of bytes received, or -1 with errno.
ssize_t receive(int socket, ReceivedWelcome& received) {
  iovec part{&received.welcome, sizeof received.welcome};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * abi::kMaxDescriptors)> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const auto length = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (length < 0) return length;
  std::size_t count = 0;
  for (auto* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    count += take_descriptors(*c, received.descriptors);
  }
  const bool is_cut = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  const auto& welcome = received.welcome;
  const bool has_all = welcome.admission == abi::Admission::kAccepted
                           ? count == abi::kFixedDescriptors + std::size_t{welcome.copy_rings}
                           : count == 0;
  received.is_whole = length == sizeof received.welcome && !is_cut && has_all;
  return length;
}

std::string refusal(const abi::Welcome& welcome) {
  const auto& reason = welcome.reason;
  return "it refuses: " + std::string(reason.data(), strnlen(reason.data(), reason.size()));
}

FileDescriptor& take(Descriptors& descriptors, abi::Descriptor which) {
  return descriptors[static_cast<std::size_t>(which)];
}

Result<abi::SlotRing, std::string> map_ring(const FileDescriptor& memory, std::uint32_t slots,
                                            const char* name) {
  if (slots > kMaxRingSlots) return failure(std::string(name) + " is too large to be true");
  auto ring = abi::SlotRing::map(memory, slots);
  if (!ring) return failure(system_error(name, ring.error()));
  return std::move(*ring);
}

Result<std::vector<abi::SlotRing>, std::string> map_copy_rings(const Descriptors& fds,
                                                               std::uint32_t slots) {
  std::vector<abi::SlotRing> rings;
  for (std::size_t i = abi::kFixedDescriptors; i < fds.size(); ++i) {
    auto ring = map_ring(fds[i], slots, "its copy ring");
    if (!ring) return failure(std::move(ring.error()));
    rings.push_back(std::move(*ring));
  }
  return rings;
}

Result<Attachment, std::string> map(FileDescriptor& socket, ReceivedWelcome& received,
                                    const abi::Hello& hello) {
  auto& [welcome, fds, whole] = received;
  auto region = abi::map_shared_memory(take(fds, abi::Descriptor::kRegion), welcome.region_size,
                                       abi::Access::kReadOnly);
  if (!region) return failure(system_error("its region cannot be mapped", region.error()));
  if (region->size() < sizeof(abi::RegionHeader) ||
      !abi::is_compatible(abi::Region(region->base()).layout(), region->size()) ||
      abi::Region(region->base()).layout().session_capacity != hello.session_capacity) {
    return failure(std::string("its region is laid out by another version"));
  }
  auto commands = map_ring(take(fds, abi::Descriptor::kCommandRing), welcome.command_ring_slots,
                           "its command ring");
  if (!commands) return failure(std::move(commands.error()));
  auto events =
      map_ring(take(fds, abi::Descriptor::kEventRing), welcome.event_ring_slots, "its event ring");
  if (!events) return failure(std::move(events.error()));
  auto playback = map_ring(take(fds, abi::Descriptor::kPlaybackRing), welcome.playback_ring_slots,
                           "its playback ring");
  if (!playback) return failure(std::move(playback.error()));
  auto copies = map_copy_rings(fds, welcome.copy_ring_slots);
  if (!copies) return failure(std::move(copies.error()));
  MediaRings media{std::move(*region), std::move(take(fds, abi::Descriptor::kCommandDoorbell)),
                   std::move(*playback), std::move(*copies)};
  return Attachment{std::move(socket), std::move(*commands), std::move(*events),
                    std::move(take(fds, abi::Descriptor::kEventDoorbell)),
                    std::make_shared<MediaRings>(std::move(media))};
}

}  // namespace

Result<FileDescriptor, std::string> say_hello(const std::string& path, const abi::Hello& hello) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failure(path + ": the path is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  FileDescriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return failure(system_error("socket", errno));
  if (connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return failure(system_error(path.c_str(), errno));
  }
  if (send(socket.get(), &hello, sizeof hello, MSG_NOSIGNAL) != sizeof hello) {
    return failure(system_error(path.c_str(), errno));
  }
  return socket;
}

Result<std::optional<Attachment>, std::string> take_welcome(FileDescriptor& socket,
                                                            const abi::Hello& hello) {
  ReceivedWelcome received;
  const auto length = receive(socket.get(), received);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  if (length < 0) return failure(system_error("no welcome", errno));
  if (length == 0) return failure(std::string("it closed the connection without a welcome"));
  const auto& welcome = received.welcome;
  // Another version's welcome may have another size, but begins the same.
  if (welcome.magic == abi::kMagic && welcome.version != abi::kVersion) {
    return failure("it speaks version " + std::to_string(welcome.version) + ", not " +
                   std::to_string(abi::kVersion));
  }
  if (!received.is_whole || welcome.magic != abi::kMagic) {
    return failure(std::string("its welcome is malformed"));
  }
  if (welcome.admission != abi::Admission::kAccepted) return failure(refusal(welcome));
  auto attachment = map(socket, received, hello);
  if (!attachment) return failure(std::move(attachment.error()));
  return std::move(*attachment);
}

}  // namespace mediaplane
