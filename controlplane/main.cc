// SPDX-License-Identifier: BSD-2-Clause
// mediaplane-controlplane: composes configuration, link, executor and control sockets, and runs
// them on one event loop until it is told to stop.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <getopt.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "config/config.h"
#include "config/free_memory.h"
#include "config/hello.h"
#include "config/report.h"
#include "controlplane/call/executor.h"
#include "controlplane/life.h"
#include "controlplane/link/ring_link.h"
#include "controlplane/media/player.h"
#include "controlplane/media/recorder.h"
#include "controlplane/protocol/capabilities.h"
#include "controlplane/server/control_sockets.h"
#include "controlplane/server/event_loop.h"
#include "controlplane/server/inherited_sockets.h"
#include "controlplane/server/signals.h"
#include "log/log.h"

namespace mediaplane {
namespace {

constexpr auto kProgram = "mediaplane-controlplane";

constexpr int kRuntimeFailure = 1;
constexpr int kUsageError = 2;
constexpr int kMissingResource = 3;

constexpr std::chrono::milliseconds kTick{20};
constexpr std::chrono::milliseconds kAttachPatience{500};
// Longer than the data plane may take to confirm what is in flight.
constexpr std::chrono::milliseconds kEndPatience{700};

constexpr auto kHelp =
    "usage: mediaplane-controlplane -c FILE\n"
    "Serves SIP proxies over rtpproxy's control protocol and directs the data plane.\n"
    "\n"
    "  -c, --config FILE  the configuration, shared with mediaplane-dataplane\n"
    "      --check        read and check the configuration, then exit\n"
    "      --capabilities list the features of the protocol that SIP proxies can ask for\n"
    "      --help         show this\n"
    "      --version      show the version\n"
    "\n"
    "Started by systemd, it takes the sockets of `control.listen` that it is handed over, says "
    "when\n"
    "it is ready and how it stands, and feeds the watchdog.\n"
    "SIGTERM and SIGINT stop it, and calls go on: the next start takes them over.\n"
    "SIGHUP refuses new sessions and stops it with the last one.\n"
    "Exit status: 0 stopped, 1 failure, 2 usage or configuration,\n"
    "3 a resource is missing.\n";

struct Options {
  std::string config_path;
  bool only_check = false;
};

void print_capabilities() {
  std::printf("Basic version: %s\n", std::string(kProtocolVersion).c_str());
  for (const auto& [date, text] : kCapabilities) {
    if (date == kProtocolVersion) continue;
    std::printf("Extension %s: %s\n", std::string(date).c_str(), std::string(text).c_str());
  }
}

// The options, or the status to exit with.
Result<Options, int> parse_options(int argc, char** argv) {
  const std::vector<option> known = {
      {"config", required_argument, nullptr, 'c'}, {"check", no_argument, nullptr, 'k'},
      {"capabilities", no_argument, nullptr, 'b'}, {"help", no_argument, nullptr, 'h'},
      {"version", no_argument, nullptr, 'v'},      {nullptr, 0, nullptr, 0}};
  Options options;
  for (int c = 0; (c = getopt_long(argc, argv, "c:", known.data(), nullptr)) != -1;) {
    switch (c) {
      case 'c':
        options.config_path = optarg;
        break;
      case 'k':
        options.only_check = true;
        break;
      case 'b':
        print_capabilities();
        return failure(EXIT_SUCCESS);
      case 'h':
        std::fputs(kHelp, stdout);
        return failure(EXIT_SUCCESS);
      case 'v':
        std::printf("%s %s (interface version %u)\n", kProgram, MEDIAPLANE_VERSION, abi::kVersion);
        return failure(EXIT_SUCCESS);
      default:
        return failure(kUsageError);
    }
  }
  if (options.config_path.empty() || optind != argc) {
    std::fputs(kHelp, stderr);
    return failure(kUsageError);
  }
  return options;
}

// Null without a directory; the error says what is wrong with it.
Result<std::unique_ptr<Recorder>, std::string> recorder_of(const Config& config) {
  const auto& recording = config.recording;
  if (recording.directory.empty()) return nullptr;
  if (auto fit = RecordingDirectory::check(recording.directory, recording.spool_directory); !fit) {
    return failure(std::move(fit.error()));
  }
  return std::make_unique<Recorder>(recording, config.local_addresses());
}

// Of which most are identifiers. It is taken when there are that many sessions, but who starts
// shall know that it is there.
constexpr std::uint64_t kBytesPerSession = 1024;

std::string memory_lacking(std::uint32_t sessions) {
  const auto needed = sessions * kBytesPerSession;
  spdlog::info("memory: {} MB when there are {} sessions", (needed >> 20) + 1, sessions);
  return memory_shortage(needed, free_memory(), fmt::format("max_sessions = {}", sessions));
}

// A control connection is a descriptor: as many as the system lets us have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Who finds the control sockets open shall find calls served. A data plane that is not there is not
// waited for.
void wait_for_dataplane(EventLoop& loop, RingLink& link, Executor& executor) {
  const auto now = [] { return std::chrono::steady_clock::now(); };
  const auto deadline = now() + kAttachPatience;
  link.tick(now(), executor);
  while (link.is_reaching() && !executor.has_been_ready() && now() < deadline) {
    loop.run_once(kTick);
    link.tick(now(), executor);
    executor.tick(now());
  }
}

// A planned end fails no command: what has been taken is answered, and what has not waits in the
// sockets of whoever starts the next run.
void finish(EventLoop& loop, RingLink& link, Executor& executor, ControlSockets& sockets) {
  const auto now = [] { return std::chrono::steady_clock::now(); };
  const auto deadline = now() + kEndPatience;
  sockets.leave();
  while (!(sockets.is_settled() && executor.is_settled()) && now() < deadline) {
    loop.run_once(kTick);
    link.poll(now(), executor);
    executor.tick(now());
  }
}

int run(const Config& config) {
  if (const auto lacking = memory_lacking(config.dataplane.max_sessions); !lacking.empty()) {
    spdlog::critical("{} (exit {})", lacking, kMissingResource);
    return kMissingResource;
  }
  raise_descriptor_limit();
  Life life;
  // First of all, while no descriptor is ours.
  auto inherited = InheritedSockets::from_environment();
  EventLoop loop;
  Signals signals(loop);
  RingLink link(config.dataplane.socket, hello_of(config));
  Player player;
  auto recorder = recorder_of(config);
  if (!recorder) {
    spdlog::critical("{} (exit {})", recorder.error(), kMissingResource);
    return kMissingResource;
  }
  Executor executor(config, link, {&player, recorder->get()});
  loop.watch(link.descriptor(), EPOLLIN,
             [&](std::uint32_t, Time now) { link.poll(now, executor); });
  wait_for_dataplane(loop, link, executor);
  const auto execute = [&](std::string_view command, Time now, Answer answer) {
    executor.execute(command, now, std::move(answer));
  };
  auto sockets = ControlSockets::open(loop, config.control, std::move(inherited), execute);
  if (!sockets) {
    spdlog::critical("{} (exit {})", sockets.error(), kMissingResource);
    return kMissingResource;
  }

  loop.watch(player.descriptor(), EPOLLIN, [&](std::uint32_t, Time now) {
    player.hush();
    executor.look_after_playbacks(now);
  });

  auto next_tick = Time{};
  while (!signals.wants_stop() && !life.is_over()) {
    loop.run_once(kTick);
    const auto now = std::chrono::steady_clock::now();
    if (now < next_tick) continue;
    next_tick = now + kTick;
    link.tick(now, executor);
    link.poll(now, executor);  // What has been confirmed is not late, however late we are.
    executor.tick(now);
    (*sockets)->tick(now);
    life.tick(executor, now, signals.wants_drain());
  }
  finish(loop, link, executor, **sockets);
  // The next run takes over the calls of a data plane that lives, and goes on with their files.
  if (link.region() != nullptr && *recorder) (*recorder)->leave();
  spdlog::info("stopped");
  return EXIT_SUCCESS;
}

int run(int argc, char** argv) {
  const auto options = parse_options(argc, argv);
  if (!options) return options.error();
  const auto config = load_config(options->config_path);
  if (!config) {
    std::fputs(report_of(config.error(), kProgram).c_str(), stderr);
    return kUsageError;
  }
  if (options->only_check) {
    std::printf("%s: %s is fine\n", kProgram, options->config_path.c_str());
    return EXIT_SUCCESS;
  }
  const Log log(kProgram);
  abi::keep_shared_memory_out_of_cores();
  return run(*config);
}

}  // namespace
}  // namespace mediaplane

int main(int argc, char** argv) {
  try {
    return mediaplane::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", mediaplane::kProgram, error.what());
    return mediaplane::kRuntimeFailure;
  }
}
