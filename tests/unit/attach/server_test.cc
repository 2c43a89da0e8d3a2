// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/attach/server.h"

#include <cstring>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/temporary_directory.h"

namespace mediaplane {
namespace {

using abi::Admission;

class AttachServerTest : public testing::Test {
 protected:
  AttachServerTest() {
    hello_.session_capacity = 16;
    server_ = std::move(*AttachServer::listen(path_, memory_, 4096, hello_, 2));
  }

  abi::FileDescriptor connected() {
    abi::FileDescriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
    return socket;
  }
  // Says hello, and has what comes with the answer.
  std::vector<abi::FileDescriptor> attach(const abi::FileDescriptor& socket) {
    const auto hello = abi::as_bytes_of(hello_);
    send(socket.get(), hello.data(), hello.size(), 0);
    server_->wait(1000);
    iovec part{&welcome_, sizeof welcome_};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * abi::kMaxDescriptors)> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    EXPECT_EQ(recvmsg(socket.get(), &message, MSG_DONTWAIT), ssize_t{sizeof welcome_});
    const auto* header = CMSG_FIRSTHDR(&message);
    EXPECT_NE(header, nullptr);
    if (header == nullptr) return {};
    std::vector<int> numbers((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    std::memcpy(numbers.data(), CMSG_DATA(header), numbers.size() * sizeof(int));
    return {numbers.begin(), numbers.end()};
  }
  // What the server answers to these bytes.
  Admission say(const abi::FileDescriptor& socket, std::span<const std::byte> bytes) {
    send(socket.get(), bytes.data(), bytes.size(), 0);
    server_->wait(1000);  // The connection, and what it said.
    server_->wait(0);     // If it had been connected before.
    abi::Welcome welcome;
    EXPECT_EQ(recv(socket.get(), &welcome, sizeof welcome, MSG_DONTWAIT),
              static_cast<ssize_t>(sizeof welcome));
    return welcome.admission;
  }
  Admission say(const abi::FileDescriptor& socket, const abi::Hello& hello) {
    return say(socket, abi::as_bytes_of(hello));
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_.file("dataplane.sock");
  abi::FileDescriptor memory_ = *abi::make_shared_memory("test", 4096, abi::Pages::kSmall);
  abi::Hello hello_;
  abi::Welcome welcome_;
  abi::Message message_;
  std::unique_ptr<AttachServer> server_;
};

TEST_F(AttachServerTest, AFittingControlPlaneIsAttachedAndItsEndIsNoticed) {
  {
    const auto socket = connected();
    EXPECT_EQ(say(socket, hello_), Admission::kAccepted);
    EXPECT_TRUE(server_->is_attached());
  }
  server_->wait(1000);
  EXPECT_FALSE(server_->is_attached());
}

TEST_F(AttachServerTest, WhoDoesNotFitIsRefused) {
  auto other = hello_;
  other.version = 99;
  EXPECT_EQ(say(connected(), other), Admission::kOtherVersion);
  other = hello_;
  other.session_capacity = 17;
  EXPECT_EQ(say(connected(), other), Admission::kOtherConfiguration);
  const std::array<std::byte, 3> garbage{};
  EXPECT_EQ(say(connected(), garbage), Admission::kMalformed);
  EXPECT_FALSE(server_->is_attached());
}

TEST_F(AttachServerTest, ASecondOneIsRefusedWhileTheFirstLives) {
  const auto first = connected();
  ASSERT_EQ(say(first, hello_), Admission::kAccepted);
  EXPECT_EQ(say(connected(), hello_), Admission::kAlreadyAttached);
  EXPECT_TRUE(server_->is_attached());
}

TEST_F(AttachServerTest, ThePlaybackRingLeadsToTheDataPlane) {
  const auto socket = connected();
  const auto descriptors = attach(socket);
  ASSERT_EQ(descriptors.size(), abi::kFixedDescriptors + 2);
  EXPECT_EQ(welcome_.playback_ring_slots, abi::kPlaybackRingSlots);
  auto playback =
      abi::SlotRing::map(descriptors[static_cast<std::size_t>(abi::Descriptor::kPlaybackRing)],
                         welcome_.playback_ring_slots);
  ASSERT_TRUE(playback);
  EXPECT_FALSE(server_->receive_played(message_));
  EXPECT_TRUE(abi::send(*playback, abi::MessageType::kPlay, 0,
                        abi::as_bytes_of(abi::PlayedPacket{{5, 6}, abi::Side::kCaller, {}})));
  EXPECT_FALSE(server_->receive(message_)) << "it is no command";
  ASSERT_TRUE(server_->receive_played(message_));
  EXPECT_EQ(message_.header().type, abi::MessageType::kPlay);
  EXPECT_EQ(message_.body().size(), sizeof(abi::PlayedPacket));
  EXPECT_FALSE(server_->receive_played(message_));
  EXPECT_TRUE(server_->is_attached());
}

TEST_F(AttachServerTest, GarbageInThePlaybackRingEndsTheAttachment) {
  const auto socket = connected();
  const auto descriptors = attach(socket);
  auto playback =
      abi::SlotRing::map(descriptors.at(static_cast<std::size_t>(abi::Descriptor::kPlaybackRing)),
                         abi::kPlaybackRingSlots);
  ASSERT_TRUE(playback);
  std::array<abi::Slot, 1> slot;
  slot[0].bytes.fill(std::byte{0xff});
  EXPECT_TRUE(playback->enqueue(slot));
  EXPECT_FALSE(server_->receive_played(message_));
  EXPECT_FALSE(server_->is_attached());
}

TEST_F(AttachServerTest, EachWorkerHasACopyRingThatLeadsToTheControlPlane) {
  const auto socket = connected();
  const auto descriptors = attach(socket);
  EXPECT_EQ(welcome_.copy_rings, 2U);
  auto rings = server_->take_copy_rings();
  ASSERT_EQ(rings.size(), 2U);
  for (std::size_t worker = 0; worker < rings.size(); ++worker) {
    auto recorder = abi::SlotRing::map(descriptors.at(abi::kFixedDescriptors + worker),
                                       welcome_.copy_ring_slots);
    ASSERT_TRUE(recorder);
    EXPECT_TRUE(recorder->is_empty()) << worker;
    EXPECT_TRUE(abi::send(rings[worker], abi::MessageType::kCopy, 0, {}));
    EXPECT_FALSE(recorder->is_empty()) << worker;
  }
  EXPECT_TRUE(server_->take_copy_rings().empty()) << "they are taken once";
}

TEST_F(AttachServerTest, CopyRingsOutliveTheirAttachment) {
  std::vector<abi::SlotRing> rings;
  {
    const auto socket = connected();
    attach(socket);
    rings = server_->take_copy_rings();
  }
  server_->wait(1000);
  ASSERT_FALSE(server_->is_attached());
  EXPECT_TRUE(abi::send(rings.at(0), abi::MessageType::kCopy, 0, {}));
}

TEST_F(AttachServerTest, EachAttachmentHasANumberOfItsOwn) {
  EXPECT_EQ(server_->attachment(), 0U);
  EXPECT_TRUE(server_->take_copy_rings().empty());
  auto first = connected();
  ASSERT_EQ(say(first, hello_), Admission::kAccepted);
  const auto number = server_->attachment();
  EXPECT_NE(number, 0U);
  first = abi::FileDescriptor();
  server_->expel("a test says so");
  EXPECT_EQ(server_->attachment(), 0U);
  const auto second = connected();
  ASSERT_EQ(say(second, hello_), Admission::kAccepted);
  EXPECT_NE(server_->attachment(), 0U);
  EXPECT_NE(server_->attachment(), number);
}

TEST_F(AttachServerTest, AFloodThatSaysNothingPushesNobodyOut) {
  std::vector<abi::FileDescriptor> silent;
  for (int i = 0; i < 50; ++i) silent.push_back(connected());
  const auto fitting = connected();
  const auto hello = abi::as_bytes_of(hello_);
  send(fitting.get(), hello.data(), hello.size(), 0);
  for (int i = 0; i < 50; ++i) silent.push_back(connected());
  for (int turn = 0; turn < 20 && !server_->is_attached(); ++turn) server_->wait(1000);
  EXPECT_TRUE(server_->is_attached());
}

TEST_F(AttachServerTest, AnotherVersionMayHaveAnotherSize) {
  auto hello = hello_;
  hello.version = 99;
  EXPECT_EQ(say(connected(), abi::as_bytes_of(hello).first(16)), Admission::kOtherVersion);
}

}  // namespace
}  // namespace mediaplane
