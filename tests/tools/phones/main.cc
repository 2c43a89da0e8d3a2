// SPDX-License-Identifier: BSD-2-Clause
// mediaplane-phones: both parties of any number of calls in one process, with kernel sockets in two
// network namespaces. Reading order: party.h, packet.h, flow.h, call.h, media.h, scenario.h.
#include <csignal>
#include <cstdio>
#include <fstream>

#include <fmt/format.h>
#include <sys/signalfd.h>

#include "tests/tools/phones/event_loop.h"
#include "tests/tools/phones/live_table.h"
#include "tests/tools/phones/media.h"
#include "tests/tools/phones/options.h"
#include "tests/tools/phones/report.h"
#include "tests/tools/phones/scenario.h"

namespace mediaplane::phones {
namespace {

constexpr int kExitUsage = 2;

// The first signal ends the calls in order, the second one the process.
void interrupt_on_signal(EventLoop& loop, Scenario& scenario, const UniqueFd& signals,
                         const sigset_t& set) {
  loop.watch(signals.value(), [&loop, &scenario, &signals, set] {
    loop.forget(signals.value());
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
    scenario.interrupt();
  });
}

void draw_every_second(EventLoop& loop, LiveTable& table, Scenario& scenario, Media& media,
                       Time due) {
  loop.at(due, [&loop, &table, &scenario, &media, due] {
    table.draw(scenario.calls(), media.take_recent_latencies());
    draw_every_second(loop, table, scenario, media, due + std::chrono::seconds(1));
  });
}

int report(const Outcome& outcome, const Options& options) {
  fmt::print("{}", summary_text(outcome, options.has_rtcp));
  if (!options.json.empty()) std::ofstream(options.json) << json_text(outcome);
  return outcome.is_clean() ? 0 : 1;
}

int run(const Options& options) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  const UniqueFd signals(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));

  EventLoop loop;
  Media media(loop, options);
  Scenario scenario(loop, media, options);
  LiveTable table(options);
  const auto started = scenario.start();
  if (!started) {
    fmt::print(stderr, "mediaplane-phones: {}\n", started.error());
    return 1;
  }
  interrupt_on_signal(loop, scenario, signals, set);
  if (options.is_live) {
    draw_every_second(loop, table, scenario, media, Clock::now() + std::chrono::seconds(1));
  }
  loop.run();
  return report({.tallies = tally_of(scenario.calls()),
                 .latencies = media.latencies(),
                 .calls = options.calls,
                 .calls_set_up = scenario.calls_set_up(),
                 .relayed_after_hangup = media.relayed_after_hangup(),
                 .worst_pacing_delay = loop.worst_delay(),
                 .errors = scenario.errors()},
                options);
}

}  // namespace
}  // namespace mediaplane::phones

int main(int argc, char** argv) {
  using namespace mediaplane::phones;
  const auto options = parse_options(argc, argv);
  if (options) return run(*options);
  if (options.error() == UsageError::kWrong) return kExitUsage;
  fmt::print("{}", usage_text());
  return 0;
}
