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
  // What the server answers to these bytes.
  Admission say(const abi::FileDescriptor& socket, std::span<const std::byte> bytes) {
    send(socket.get(), bytes.data(), bytes.size(), 0);
    server_->wait(1000);  // The connection, then what it said.
    server_->wait(1000);
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

}  // namespace
}  // namespace mediaplane
