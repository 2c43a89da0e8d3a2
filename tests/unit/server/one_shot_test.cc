// SPDX-License-Identifier: BSD-2-Clause
#include <algorithm>
#include <list>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "controlplane/server/one_shot_server.h"
#include "controlplane/server/unix_socket.h"
#include "tests/unit/server/test_client.h"
#include "tests/unit/temporary_directory.h"

namespace mediaplane {
namespace {

class OneShotTest : public testing::Test {
 protected:
  // Answers with the command, or keeps the answer for later.
  void handle(std::string_view command, Answer answer) {
    commands_.emplace_back(command);
    if (is_answering_) {
      answer("<" + std::string(command) + ">\n");
    } else {
      waiting_.push_back(std::move(answer));
    }
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_.file("control.sock");
  EventLoop loop_;
  UnixListener listener_ = *UnixListener::open(path_, 0660);
  OneShotServer server_{loop_, listener_.descriptor(),
                        [this](std::string_view command, Time, Answer answer) {
                          handle(command, std::move(answer));
                        }};
  std::vector<std::string> commands_;
  std::vector<Answer> waiting_;
  bool is_answering_ = true;
};

TEST_F(OneShotTest, FirstReadIsTheCommand) {
  TestClient client(path_);
  client.write("V\nV\n");
  settle(loop_);
  EXPECT_EQ(client.read(), "<V\nV\n>\n");
  EXPECT_EQ(client.read(), "(closed)");
}

TEST_F(OneShotTest, NeedsNoNewline) {
  TestClient client(path_);
  settle(loop_);
  client.write("V");
  settle(loop_);
  EXPECT_EQ(client.read(), "<V>\n");
}

TEST_F(OneShotTest, ClosesWithoutAnswerWhenNothingWasSaid) {
  TestClient client(path_);
  shutdown(client.descriptor(), SHUT_WR);
  settle(loop_);
  EXPECT_EQ(client.read(), "(closed)");
  EXPECT_TRUE(commands_.empty());
}

TEST_F(OneShotTest, AnswersAHalfClosedConnection) {
  TestClient client(path_);
  client.write("V");
  shutdown(client.descriptor(), SHUT_WR);
  settle(loop_);
  EXPECT_EQ(client.read(), "<V>\n");
}

TEST_F(OneShotTest, AnswerMayComeLater) {
  is_answering_ = false;
  TestClient slow(path_);
  slow.write("slow");
  settle(loop_);
  is_answering_ = true;
  TestClient fast(path_);
  fast.write("fast");
  settle(loop_);
  EXPECT_EQ(fast.read(), "<fast>\n");
  EXPECT_EQ(slow.read(), "");
  waiting_.front()("late\n");
  EXPECT_EQ(slow.read(), "late\n");
  EXPECT_EQ(slow.read(), "(closed)");
}

TEST_F(OneShotTest, SurvivesAClientThatDoesNotWait) {
  is_answering_ = false;
  {
    TestClient client(path_);
    client.write("V");
    settle(loop_);
  }
  settle(loop_);
  waiting_.front()("late\n");
}

TEST_F(OneShotTest, SurplusOfALongCommandIsLost) {
  TestClient client(path_);
  client.write(std::string(9000, 'x'));
  settle(loop_);
  EXPECT_EQ(commands_.at(0).size(), kMaxCommandBytes);
}

TEST_F(OneShotTest, ClosesWhoSaysNothingForFiveSeconds) {
  TestClient silent(path_);
  settle(loop_);
  const auto now = std::chrono::steady_clock::now();
  server_.tick(now + std::chrono::seconds(4));
  EXPECT_EQ(silent.read(), "");
  server_.tick(now + std::chrono::seconds(6));
  EXPECT_EQ(silent.read(), "(closed)");
}

TEST_F(OneShotTest, WaitingForAnAnswerIsNoSilence) {
  is_answering_ = false;
  TestClient client(path_);
  client.write("V");
  settle(loop_);
  server_.tick(std::chrono::steady_clock::now() + std::chrono::seconds(60));
  waiting_.front()("late\n");
  EXPECT_EQ(client.read(), "late\n");
}

TEST_F(OneShotTest, IdleConnectionsDisturbNobody) {
  std::list<TestClient> idle;
  for (int i = 0; i < 300; ++i) idle.emplace_back(path_);
  settle(loop_);
  TestClient client(path_);
  client.write("V");
  settle(loop_);
  EXPECT_EQ(client.read(), "<V>\n");
}

// Lowers the limit of descriptors for as long as it lives.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t limit) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit lowered{limit, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &lowered);
  }
  ~DescriptorLimit() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(OneShotTest, ClosesTheOldestSilentConnectionWhenDescriptorsRunOut) {
  std::list<TestClient> idle;
  for (int i = 0; i < 20; ++i) idle.emplace_back(path_);
  TestClient client(path_);
  client.write("V");
  // Room for half of them: the clients' descriptors count as well, and 64 are kept in reserve.
  const DescriptorLimit limit(static_cast<rlim_t>(client.descriptor()) + 10 + 64);
  settle(loop_);
  server_.tick(std::chrono::steady_clock::now());
  settle(loop_);
  EXPECT_EQ(idle.front().read(), "") << "it may be about to speak";
  EXPECT_EQ(client.read(), "");
  for (int round = 0; round < 3; ++round) {  // As many as there is room for, each time.
    std::this_thread::sleep_for(kTimeToSpeak);
    server_.tick(std::chrono::steady_clock::now());
    settle(loop_);
  }
  EXPECT_EQ(client.read(), "<V>\n");
  EXPECT_EQ(idle.front().read(), "(closed)");
  EXPECT_EQ(idle.back().read(), "");
}

TEST(UnixListener, HasItsMode) {
  const TemporaryDirectory directory;
  const auto path = directory.file("control.sock");
  const auto listener = UnixListener::open(path, 0620);
  ASSERT_TRUE(listener);
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0620U);
}

TEST(UnixListener, TakesItsFileAway) {
  const TemporaryDirectory directory;
  const auto path = directory.file("control.sock");
  { ASSERT_TRUE(UnixListener::open(path, 0660)); }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(UnixListener, ReplacesADeadSocket) {
  const TemporaryDirectory directory;
  const auto path = directory.file("control.sock");
  {
    abi::FileDescriptor dead(socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    ASSERT_EQ(bind(dead.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  const auto listener = UnixListener::open(path, 0660);
  ASSERT_TRUE(listener);
  EXPECT_TRUE(TestClient(path).is_connected());
}

TEST(UnixListener, LeavesALivingSocketAlone) {
  const TemporaryDirectory directory;
  const auto path = directory.file("control.sock");
  const auto first = UnixListener::open(path, 0660);
  const auto second = UnixListener::open(path, 0660);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), path + ": another process listens there");
  EXPECT_TRUE(TestClient(path).is_connected());
}

TEST(UnixListener, LeavesOtherFilesAlone) {
  const TemporaryDirectory directory;
  const auto path = directory.file("precious");
  std::filesystem::create_directory(path);
  EXPECT_FALSE(UnixListener::open(path, 0660));
  EXPECT_TRUE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace mediaplane
