// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/link/fake_dataplane.h"

#include <cstring>
#include <new>

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace mediaplane {
namespace {

constexpr std::uint32_t kRingSlots = 256;

}  // namespace

FakeDataplane::FakeDataplane(const std::string& path, std::uint32_t sessions)
    : sessions_(sessions), listener_(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(listen(listener_.get(), 8), 0);
}

bool FakeDataplane::accept() {
  connection_ = abi::FileDescriptor(accept4(listener_.get(), nullptr, nullptr, 0));
  if (!connection_) return false;
  return recv(connection_.get(), &hello_, sizeof hello_, 0) == sizeof hello_;
}

abi::Welcome FakeDataplane::good_welcome() const {
  abi::Welcome welcome;
  welcome.command_ring_slots = welcome.event_ring_slots = kRingSlots;
  welcome.playback_ring_slots = welcome.copy_ring_slots = kRingSlots;
  welcome.copy_rings = 1;
  welcome.region_size = abi::region_layout(sessions_, 1, 1).size;
  return welcome;
}

void FakeDataplane::make_memory() {
  const auto layout = abi::region_layout(sessions_, 1, 1);
  auto memory = *abi::make_shared_memory("region", layout.size, abi::Pages::kSmall);
  region_memory_ = *abi::map_shared_memory(memory, layout.size, abi::Access::kReadWrite);
  (new (region_memory_->base()) abi::RegionHeader)->layout = layout;
  region_.emplace(region_memory_->base());
  EXPECT_TRUE(abi::seal_against_writers(memory));
  auto ring_memory = [] {
    return *abi::make_shared_memory("ring", abi::SlotRing::shared_bytes(kRingSlots),
                                    abi::Pages::kSmall);
  };
  auto commands = ring_memory();
  auto events = ring_memory();
  auto playback = ring_memory();
  auto copies = ring_memory();
  commands_ = *abi::SlotRing::map(commands, kRingSlots);
  events_ = *abi::SlotRing::map(events, kRingSlots);
  playback_ = *abi::SlotRing::map(playback, kRingSlots);
  copies_ = *abi::SlotRing::map(copies, kRingSlots);
  descriptors_ = {std::move(memory),
                  std::move(commands),
                  std::move(events),
                  abi::FileDescriptor(eventfd(0, EFD_NONBLOCK)),
                  abi::FileDescriptor(eventfd(0, EFD_NONBLOCK)),
                  std::move(playback),
                  std::move(copies)};
}

void FakeDataplane::send_welcome(const abi::Welcome& welcome, bool with_descriptors) {
  auto body = welcome;
  iovec part{&body, sizeof body};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kDescriptors)> control{};
  if (with_descriptors) {
    make_memory();
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    auto* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * kDescriptors);
    std::array<int, kDescriptors> numbers{};
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = descriptors_[i].get();
    std::memcpy(CMSG_DATA(header), numbers.data(), sizeof numbers);
  }
  EXPECT_GT(sendmsg(connection_.get(), &message, MSG_NOSIGNAL), 0);
}

void FakeDataplane::refuse(const std::string& reason) {
  abi::Welcome welcome = good_welcome();
  welcome.admission = abi::Admission::kOtherConfiguration;
  std::strncpy(welcome.reason.data(), reason.c_str(), welcome.reason.size() - 1);
  send_welcome(welcome, false);
}

void FakeDataplane::send_raw(std::string_view bytes) {
  EXPECT_GT(send(connection_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), 0);
}

std::optional<abi::Message> FakeDataplane::receive() {
  abi::Message message;
  if (abi::receive(*commands_, message) != abi::Receipt::kMessage) return std::nullopt;
  return message;
}

void FakeDataplane::reply(std::uint64_t request, abi::Status status) {
  const abi::Reply reply{status, 0};
  EXPECT_TRUE(abi::send(*events_, abi::MessageType::kReply, request, abi::as_bytes_of(reply)));
  ring_doorbell();
}

void FakeDataplane::send_event(abi::MessageType type, std::span<const std::byte> body) {
  EXPECT_TRUE(abi::send(*events_, type, 0, body));
  ring_doorbell();
}

void FakeDataplane::ring_doorbell() {
  const std::uint64_t once = 1;
  const auto bell = static_cast<std::size_t>(abi::Descriptor::kEventDoorbell);
  EXPECT_EQ(write(descriptors_[bell].get(), &once, sizeof once), ssize_t{sizeof once});
}

bool FakeDataplane::is_doorbell_rung() {
  std::uint64_t rings = 0;
  const auto bell = static_cast<std::size_t>(abi::Descriptor::kCommandDoorbell);
  return read(descriptors_[bell].get(), &rings, sizeof rings) > 0;
}

}  // namespace mediaplane
