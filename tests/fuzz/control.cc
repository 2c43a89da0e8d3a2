// SPDX-License-Identifier: BSD-2-Clause
// The control protocol, parser and rules: lines of commands to an executor whose data plane
// confirms, refuses, is silent, dies and comes back, as the first byte of each line says.
//
// Each command gets exactly one answer, a line that ends in a newline.
#include <spdlog/spdlog.h>

#include "tests/fuzz/holds.h"
#include "tests/unit/call/executor_fixture.h"

namespace mediaplane::test {
namespace {

using std::chrono::milliseconds;

class Run final : public ExecutorFixture {
 public:
  Run() {
    link_.sent.reserve(64);
    attach();
  }
  void TestBody() override {}

  void line(unsigned choice, std::string_view text) {
    if (choice % 16 == 14) {
      executor_.on_lost(now_);
    } else if (choice % 16 == 15) {
      executor_.on_attached(now_);
      confirm_all();
    }
    link_.is_full = choice % 16 == 13;
    is_dataplane_alive_ = choice % 16 != 12;
    ++commands_;
    executor_.execute(text, now_, [this](const std::string& reply) {
      holds(!reply.empty() && reply.back() == '\n', "an answer is a line");
      ++answered_;
    });
    if (choice % 16 < 8) confirm_all();
    if (choice % 16 == 8) confirm_all(abi::Status::kTableFull);
    if (choice % 16 == 9) confirm_all(abi::Status::kUdpPortInUse);
    if (choice % 16 == 10) pass(milliseconds(600));
    if (choice % 16 == 11) pass(std::chrono::seconds(5));
  }
  void finish() {
    link_.is_full = false;
    is_dataplane_alive_ = true;
    pass(milliseconds(600));
    confirm_all();
    pass(milliseconds(600));
    holds(answered_ == commands_, "each command has one answer");
  }

 private:
  std::uint64_t commands_ = 0;
  std::uint64_t answered_ = 0;
};

}  // namespace
}  // namespace mediaplane::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mediaplane::test;
  spdlog::set_level(spdlog::level::off);
  Run run;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  for (int lines = 0; !rest.empty() && lines < 40; ++lines) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!line.empty()) run.line(static_cast<unsigned char>(line[0]), line.substr(1));
  }
  run.finish();
  return 0;
}
