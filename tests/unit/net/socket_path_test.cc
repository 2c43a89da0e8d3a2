// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/net/socket_path.h"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/temporary_directory.h"

namespace mediaplane {
namespace {

class SocketPathTest : public testing::Test {
 protected:
  ~SocketPathTest() override {
    for (const int socket : sockets_) close(socket);
  }
  int make() {
    sockets_.push_back(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    return sockets_.back();
  }
  std::string bind(int socket, const std::string& path) {
    const auto bound = bind_to_path(socket, SOCK_SEQPACKET, path, 0640);
    return bound ? "" : bound.error();
  }

  TemporaryDirectory directory_;
  std::vector<int> sockets_;
};

TEST_F(SocketPathTest, TheFileHasTheModeAndItsFolderIsMade) {
  const auto path = directory_.file("new/a.sock");
  EXPECT_EQ(bind(make(), path), "");
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
  ASSERT_EQ(stat(directory_.file("new").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0750U);
  unlink(path.c_str());
  rmdir(directory_.file("new").c_str());
}

TEST_F(SocketPathTest, AStaleSocketIsReplacedAndALivingOneIsNot) {
  const auto path = directory_.file("a.sock");
  const int first = make();
  ASSERT_EQ(bind(first, path), "");
  EXPECT_EQ(bind(make(), path), "") << "nobody listens";
  const int living = sockets_.back();
  ASSERT_EQ(listen(living, 4), 0);
  EXPECT_EQ(bind(make(), path), path + ": another process listens there");
}

TEST_F(SocketPathTest, AFileOfAnotherKindIsLeftAlone) {
  const auto path = directory_.file("notes.txt");
  std::ofstream(path) << "keep me";
  EXPECT_NE(bind(make(), path), "");
  std::string text;
  std::getline(std::ifstream(path), text);
  EXPECT_EQ(text, "keep me");
}

TEST_F(SocketPathTest, AMissingFolderOrALongPathIsSaid) {
  EXPECT_NE(bind(make(), "/nowhere/at/all.sock"), "");
  EXPECT_NE(bind(make(), "/" + std::string(200, 'x')), "");
}

}  // namespace
}  // namespace mediaplane
