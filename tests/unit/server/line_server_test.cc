// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/server/line_server.h"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "controlplane/server/unix_socket.h"
#include "tests/unit/server/test_client.h"
#include "tests/unit/temporary_directory.h"

namespace mediaplane {
namespace {

class LineServerTest : public testing::Test {
 protected:
  void handle(std::string_view command, Answer answer) {
    commands_.emplace_back(command);
    if (command.starts_with("later")) {
      waiting_.push_back(std::move(answer));
    } else {
      answer("<" + std::string(command) + ">\n");
    }
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_.file("lines.sock");
  EventLoop loop_;
  UnixListener listener_ = *UnixListener::open(path_, 0660);
  bool admits_ = true;
  LineServer server_{loop_, listener_.descriptor(), [this](int) { return admits_; },
                     [this](std::string_view command, Time, Answer answer) {
                       handle(command, std::move(answer));
                     }};
  std::vector<std::string> commands_;
  std::vector<Answer> waiting_;
};

TEST_F(LineServerTest, ConnectionStays) {
  TestClient client(path_);
  client.write("a\nb");
  settle(loop_);
  EXPECT_EQ(client.read(), "<a>\n");
  client.write("c\r\n\n");
  settle(loop_);
  EXPECT_EQ(client.read(), "<bc\r>\n<>\n");
}

TEST_F(LineServerTest, SlowCommandHoldsBackOnlyItsOwnConnection) {
  TestClient slow(path_);
  TestClient fast(path_);
  slow.write("later\nb\n");
  fast.write("c\n");
  settle(loop_);
  EXPECT_EQ(slow.read(), "");
  EXPECT_EQ(fast.read(), "<c>\n");
  waiting_.at(0)("done\n");
  EXPECT_EQ(slow.read(), "done\n<b>\n");
}

TEST_F(LineServerTest, AnswersWhatCameBeforeTheEnd) {
  TestClient client(path_);
  client.write("a\nlater\nrest");
  shutdown(client.descriptor(), SHUT_WR);
  settle(loop_);
  EXPECT_EQ(client.read(), "<a>\n");
  waiting_.at(0)("done\n");
  EXPECT_EQ(client.read(), "done\n");
  EXPECT_EQ(client.read(), "(closed)");
  EXPECT_EQ(commands_.size(), 2U);
}

TEST_F(LineServerTest, CarriesOutWhatAClientLeftBehind) {
  {
    TestClient client(path_);
    client.write("later\na\n");
  }
  settle(loop_);
  EXPECT_EQ(commands_, (std::vector<std::string>{"later", "a"}));
  waiting_.at(0)("done\n");
}

TEST_F(LineServerTest, LineTooLongEndsTheConnection) {
  TestClient client(path_);
  client.write(std::string(kMaxCommandBytes + 1, 'x'));
  settle(loop_);
  EXPECT_EQ(client.read(), "(closed)");
  EXPECT_TRUE(commands_.empty());
}

TEST_F(LineServerTest, ManyCommandsInFlightAreAllAnswered) {
  TestClient client(path_);
  std::string batch;
  for (int i = 0; i < 500; ++i) batch += "later " + std::to_string(i) + "\n";
  client.write(batch);
  std::string expected;
  std::string replies;
  for (int i = 0; i < 500; ++i) {
    settle(loop_);
    ASSERT_GT(waiting_.size(), static_cast<std::size_t>(i));
    waiting_[static_cast<std::size_t>(i)](std::to_string(i) + "\n");
    expected += std::to_string(i) + "\n";
    replies += client.read();
  }
  EXPECT_EQ(replies, expected);
}

// More replies than the connection holds back at once, all in one write, and then the end.
TEST_F(LineServerTest, APipelineLongerThanTheOutputIsAnsweredToTheEnd) {
  constexpr std::size_t kCommands = 4000;
  TestClient client(path_);
  std::string batch;
  for (std::size_t i = 0; i < kCommands; ++i) batch += "V\n";
  client.write(batch);
  shutdown(client.descriptor(), SHUT_WR);
  std::string replies;
  while (replies.size() < kCommands * 4) {
    settle(loop_);
    const auto more = client.read();
    ASSERT_FALSE(more.empty() || more == "(closed)") << "after " << replies.size() << " bytes";
    replies += more;
  }
  EXPECT_EQ(commands_.size(), kCommands);
}

TEST_F(LineServerTest, StrangersAreClosed) {
  admits_ = false;
  TestClient client(path_);
  client.write("a\n");
  settle(loop_);
  EXPECT_EQ(client.read(), "(closed)");
  EXPECT_TRUE(commands_.empty());
}

}  // namespace
}  // namespace mediaplane
