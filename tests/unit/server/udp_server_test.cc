// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/server/udp_server.h"

#include <vector>

#include <gtest/gtest.h>

#include "controlplane/server/socket_address.h"
#include "tests/unit/server/test_client.h"

namespace mediaplane {
namespace {

class UdpClient {
 public:
  UdpClient(const Endpoint& from, const Endpoint& to) : socket_(*bound_socket(from, SOCK_DGRAM)) {
    const auto address = socket_address(to);
    EXPECT_EQ(connect(socket_.get(), address.get(), address.length), 0);
  }

  void write(std::string_view text) { send(socket_.get(), text.data(), text.size(), 0); }

  std::string read() {
    std::array<char, 16384> bytes;
    const auto length = recv(socket_.get(), bytes.data(), bytes.size(), 0);
    return length < 0 ? "" : std::string(bytes.data(), static_cast<std::size_t>(length));
  }

 private:
  abi::FileDescriptor socket_;
};

Endpoint endpoint(const char* ip, std::uint16_t udp_port = 0) { return {*parse_ip(ip), udp_port}; }

class UdpServerTest : public testing::Test {
 protected:
  // Serves at any free port of `ip`.
  void serve(const char* ip) {
    auto socket = *bound_socket(endpoint(ip), SOCK_DGRAM);
    SocketAddress address;
    ASSERT_EQ(getsockname(socket.get(), address.get(), &address.length), 0);
    udp_port_ = endpoint_of(address.storage).udp_port;
    server_ = std::make_unique<UdpServer>(
        loop_, std::move(socket),
        AllowList({*parse_prefix("127.0.0.0/24"), *parse_prefix("::1/128")}),
        [this](std::string_view command, Time, Answer answer) {
          commands_.emplace_back(command);
          if (is_answering_) {
            answer("0\n");
          } else {
            waiting_.push_back(std::move(answer));
          }
        });
  }

  UdpClient client(const char* from = "127.0.0.1", const char* to = "127.0.0.1") {
    return UdpClient(endpoint(from), endpoint(to, udp_port_));
  }

  EventLoop loop_;
  std::uint16_t udp_port_ = 0;
  std::unique_ptr<UdpServer> server_;
  std::vector<std::string> commands_;
  std::vector<Answer> waiting_;
  bool is_answering_ = true;
};

TEST_F(UdpServerTest, AnswersBehindTheCookie) {
  serve("127.0.0.1");
  auto c = client();
  c.write("k1 D c f\n");
  settle(loop_);
  EXPECT_EQ(c.read(), "k1 0\n");
  EXPECT_EQ(commands_.at(0), " D c f\n");
}

TEST_F(UdpServerTest, NoCookieIsNoCommand) {
  serve("127.0.0.1");
  auto c = client();
  c.write("");
  c.write(" \n");
  c.write("V");
  settle(loop_);
  EXPECT_EQ(c.read(), "0\n");
  EXPECT_EQ(c.read(), "0\n");
  EXPECT_EQ(c.read(), "V 0\n");
  EXPECT_EQ(commands_, (std::vector<std::string>{"", "", ""}));
}

TEST_F(UdpServerTest, CopiesAreCarriedOutOnce) {
  serve("127.0.0.1");
  is_answering_ = false;
  auto c = client();
  c.write("k1 D c f");
  c.write("k1 D c f");
  settle(loop_);
  EXPECT_EQ(commands_.size(), 1U);
  waiting_.at(0)("0\n");
  EXPECT_EQ(c.read(), "k1 0\n");
  EXPECT_EQ(c.read(), "");
  c.write("k1 D c f");
  settle(loop_);
  EXPECT_EQ(c.read(), "k1 0\n");
  EXPECT_EQ(commands_.size(), 1U);
}

// So that whoever may send commands cannot fill the memory with cookies.
TEST_F(UdpServerTest, AVeryLongCookieIsAnsweredAndNotKept) {
  serve("127.0.0.1");
  auto c = client();
  const std::string cookie(1013, 'k');
  for (int i = 0; i < 2; ++i) {
    c.write(cookie + " V");
    settle(loop_);
    EXPECT_EQ(c.read(), cookie + " 0\n");
  }
  EXPECT_EQ(commands_.size(), 2U);
}

TEST_F(UdpServerTest, SameCookieOfAnotherSenderIsAnotherCommand) {
  serve("127.0.0.1");
  auto a = client();
  auto b = client();
  a.write("k1 V");
  b.write("k1 V");
  settle(loop_);
  EXPECT_EQ(commands_.size(), 2U);
}

TEST_F(UdpServerTest, AnswersFromTheAddressThatWasAsked) {
  serve("0.0.0.0");
  // A connected socket hears only the address that it wrote to.
  auto c = client("127.0.0.1", "127.0.0.7");
  c.write("k1 V");
  settle(loop_);
  EXPECT_EQ(c.read(), "k1 0\n");
}

TEST_F(UdpServerTest, AnswersOverIpv6) {
  serve("::1");
  auto c = client("::1", "::1");
  c.write("k1 V");
  settle(loop_);
  EXPECT_EQ(c.read(), "k1 0\n");
}

TEST_F(UdpServerTest, IsSilentToStrangers) {
  serve("0.0.0.0");
  auto c = client("127.9.9.9");
  c.write("k1 V");
  settle(loop_);
  EXPECT_EQ(c.read(), "");
  EXPECT_TRUE(commands_.empty());
}

TEST_F(UdpServerTest, TakesManyDatagramsAtOnce) {
  serve("127.0.0.1");
  auto c = client();
  for (int i = 0; i < 200; ++i) c.write("k" + std::to_string(i) + " V");
  settle(loop_);
  EXPECT_EQ(commands_.size(), 200U);
}

TEST_F(UdpServerTest, SurplusOfALongDatagramIsLost) {
  serve("127.0.0.1");
  auto c = client();
  c.write("k " + std::string(10'000, 'x'));
  settle(loop_);
  EXPECT_EQ(commands_.at(0).size(), kMaxCommandBytes - 1);
}

}  // namespace
}  // namespace mediaplane
