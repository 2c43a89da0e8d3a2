// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/setup.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <unordered_set>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "tests/perf/bench/control_client.h"

namespace mediaplane::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr nanoseconds kPatience = std::chrono::seconds(5);

std::string command_of(char step, std::uint32_t number) {
  const auto call = fmt::format("{:08x}-4f2a-{}@proxy.example.net", number * 2654435761U, number);
  const auto tag = fmt::format("as{:08x}", number * 2246822519U);
  const auto udp_port = 10000 + number % 20000 * 2;
  switch (step) {
    case 'U':
      return fmt::format("U {} 198.51.100.7 {} {}", call, udp_port, tag);
    case 'L':
      return fmt::format("L {} 203.0.113.9 {} {} to{}", call, udp_port, tag, number);
    default:
      return fmt::format("{} {} {} to{}", step, call, tag, number);
  }
}

// "40000 198.18.0.1"
bool is_endpoint(std::string_view answer) {
  const auto space = answer.find(' ');
  return space != std::string_view::npos && space > 0 && answer[0] >= '1' && answer[0] <= '9';
}

class Run {
 public:
  Run(const SetupOptions& options, ControlClient& client) : options_(options), client_(client) {
    sessions_.resize(options.sessions);
    result_.waits_us.reserve(total());
  }

  Result<SetupResult, std::string> go() {
    begin_ = last_answer_ = Clock::now();
    const auto on_answer = [this](std::uint32_t session, std::string_view answer) {
      answered(session, answer);
    };
    while (result_.commands < total()) {
      if (!send_what_is_due()) return failure(std::string("the connection broke"));
      if (!client_.turn(until_next(), on_answer)) return failure(std::string("it hung up"));
      if (Clock::now() - last_answer_ > kPatience + until_due()) {
        return failure(std::string("no answer for 5 seconds"));
      }
    }
    result_.seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
    std::ranges::sort(result_.waits_us);
    return std::move(result_);
  }

 private:
  struct Session {
    std::uint32_t step = 0;
    Clock::time_point due;
    std::string endpoints[2];  // What U and L were answered.
  };

  std::uint64_t total() const { return std::uint64_t{options_.sessions} * options_.steps.size(); }

  nanoseconds until_due() const {
    if (options_.rate == 0 || sent_ == total()) return {};
    return std::max(nanoseconds{}, due(sent_) - Clock::now());
  }
  Clock::time_point due(std::uint64_t command) const {
    return begin_ + nanoseconds(command * 1000000000 / options_.rate);
  }
  std::int64_t until_next() const {
    const bool is_paced = options_.rate != 0 && sent_ < total();
    return (is_paced ? until_due() : kPatience).count();
  }

  bool send_what_is_due() {
    if (options_.rate == 0) {
      while (sent_ - result_.commands < options_.in_flight && (!ready_.empty() || has_fresh())) {
        if (!send_next(Clock::now())) return false;
      }
      return true;
    }
    while (sent_ < total() && (!ready_.empty() || has_fresh()) && due(sent_) <= Clock::now()) {
      if (!send_next(due(sent_))) return false;
    }
    return true;
  }

  bool has_fresh() const { return fresh_ < options_.sessions; }

  bool send_next(Clock::time_point due) {
    std::uint32_t session = 0;
    if (ready_.empty()) {
      session = fresh_++;
    } else {
      session = ready_.front();
      ready_.pop_front();
    }
    auto& state = sessions_[session];
    const char step = options_.steps[state.step];
    state.due = due;
    ++sent_;
    if (step == 'D') {
      for (auto& endpoint : state.endpoints) taken_.erase(std::exchange(endpoint, {}));
    }
    return client_.send(session, command_of(step, options_.first + session));
  }

  void answered(std::uint32_t number, std::string_view answer) {
    auto& session = sessions_[number];
    last_answer_ = Clock::now();
    const auto wait =
        std::chrono::duration_cast<std::chrono::microseconds>(last_answer_ - session.due);
    result_.waits_us.push_back(static_cast<std::uint32_t>(wait.count()));
    ++result_.commands;
    if (!is_right(session, answer)) {
      const auto command = command_of(options_.steps[session.step], options_.first + number);
      if (result_.wrong++ == 0) result_.first_wrong = fmt::format("{}: '{}'", command, answer);
    }
    if (++session.step < options_.steps.size()) ready_.push_back(number);
  }

  bool is_right(Session& session, std::string_view answer) {
    const char step = options_.steps[session.step];
    if (step == 'D') return answer == "0";
    if (step == 'Q') return !answer.empty() && answer[0] != 'E';
    auto& mine = session.endpoints[step == 'U' ? 0 : 1];
    if (answer == mine) return true;  // Asked again, the same is answered.
    mine = answer;
    return is_endpoint(answer) && taken_.insert(mine).second;
  }

  const SetupOptions& options_;
  ControlClient& client_;
  std::vector<Session> sessions_;
  std::deque<std::uint32_t> ready_;  // Answered, with steps left.
  std::uint32_t fresh_ = 0;          // The first that nothing was sent of.
  std::uint64_t sent_ = 0;
  std::unordered_set<std::string> taken_;  // Endpoints of the sessions that are up.
  SetupResult result_;
  Clock::time_point begin_;
  Clock::time_point last_answer_;
};

}  // namespace

std::uint32_t SetupResult::quantile_us(double share) const {
  if (waits_us.empty()) return 0;
  const auto place = static_cast<std::size_t>(share * static_cast<double>(waits_us.size()));
  return waits_us[std::min(place, waits_us.size() - 1)];
}

Result<SetupResult, std::string> set_up(const SetupOptions& options) {
  if (options.one_shot) {
    OneShotClient client(options.path);
    return Run(options, client).go();
  }
  PipelinedClient client(options.path);
  if (!client.is_connected()) return failure(options.path + ": nobody listens");
  return Run(options, client).go();
}

}  // namespace mediaplane::bench
