// SPDX-License-Identifier: BSD-2-Clause
#include "log/writer.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <regex>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace mediaplane {
namespace {

using Clock = std::chrono::steady_clock;

class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe2(ends_.data(), O_CLOEXEC), 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_writer();
    close(ends_[0]);
  }

  int writer() const { return ends_[1]; }
  void close_writer() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }
  std::string read_some() {
    std::array<char, 65536> bytes;
    const auto n = read(ends_[0], bytes.data(), bytes.size());
    return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
  }
  std::string read_to_the_end() {
    std::string text;
    for (std::string some; !(some = read_some()).empty();) text += some;
    return text;
  }

 private:
  std::array<int, 2> ends_{};
};

std::string numbered(int number) { return std::to_string(number) + std::string(1000, ' ') + '\n'; }

TEST(Writer, WritesAllInOrderBeforeItEnds) {
  Pipe pipe;
  std::string expected;
  {
    Writer writer;
    for (int i = 0; i < 50; ++i) {
      writer.write(pipe.writer(), numbered(i));
      expected += numbered(i);
    }
  }
  pipe.close_writer();
  EXPECT_EQ(pipe.read_to_the_end(), expected);
}

TEST(Writer, NeverWaitsAndCountsWhatIsLost) {
  constexpr int kTexts = 10'000;
  Pipe pipe;
  std::string text;
  {
    Writer writer(100'000);
    const auto begin = Clock::now();
    for (int i = 0; i < kTexts; ++i) writer.write(pipe.writer(), numbered(i));
    EXPECT_LT(Clock::now() - begin, std::chrono::seconds(2));
    while (text.find(numbered(kTexts - 1)) == std::string::npos) text += pipe.read_some();
  }
  const std::regex lost_line(R"(\((\d+) messages were lost here: nobody read them in time\)\n)");
  auto written = std::count(text.begin(), text.end(), '\n');
  long lost = 0;
  for (std::sregex_iterator found(text.begin(), text.end(), lost_line), end; found != end;
       ++found) {
    lost += std::stol((*found)[1]);
    --written;
  }
  EXPECT_GT(lost, kTexts / 2);
  EXPECT_EQ(written + lost, kTexts);
}

TEST(Writer, EndsAlthoughNobodyReads) {
  Pipe pipe;
  const auto begin = Clock::now();
  {
    Writer writer;
    for (int i = 0; i < 200; ++i) writer.write(pipe.writer(), numbered(i));
  }
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(2));
  // The thread that hangs is let go, before the descriptor means something else.
  pipe.read_some();
  for (int i = 0; i < 3; ++i) pipe.read_some();
}

TEST(Writer, SurvivesAReaderThatHasGone) {
  Writer writer;
  std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  close(ends[0]);
  writer.write(ends[1], "to nobody\n");
  Pipe pipe;
  writer.write(pipe.writer(), "to somebody\n");
  EXPECT_EQ(pipe.read_some(), "to somebody\n");
  close(ends[1]);
}

TEST(Writer, WaitsForADescriptorThatSomebodyMadeNonBlocking) {
  Pipe pipe;
  fcntl(pipe.writer(), F_SETFL, O_NONBLOCK);
  Writer writer;
  std::size_t expected = 0;
  for (int i = 0; i < 200; ++i) {
    writer.write(pipe.writer(), numbered(i));
    expected += numbered(i).size();
  }
  std::size_t read = 0;
  while (read < expected) read += pipe.read_some().size();
  EXPECT_EQ(read, expected);
}

}  // namespace
}  // namespace mediaplane
