// SPDX-License-Identifier: BSD-2-Clause
// mediaplane-dataplane: the command line.
#include <charconv>
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include <getopt.h>
#include <rte_eal.h>
#include <rte_log.h>
#include <rte_version.h>
#include <sched.h>
#include <spdlog/spdlog.h>

#include "config/report.h"
#include "dataplane/abi/region.h"
#include "dataplane/abi/shared_memory.h"
#include "dataplane/port/eal.h"
#include "dataplane/relay.h"
#include "log/log.h"

namespace {

using namespace mediaplane;

constexpr const char* kProgram = "mediaplane-dataplane";
constexpr int kExitMissing = 3;

constexpr const char* kHelp =
    R"(Usage: mediaplane-dataplane -c FILE [OPTION]... [-- EAL-ARGUMENT...]

Moves the packets of calls that mediaplane-controlplane sets up.

  -c, --config FILE        the configuration, shared with mediaplane-controlplane
      --check              read and check the configuration, start nothing
      --stats-period N     print statistics each N seconds
      --help, --version

Exit status: 0 stopped by SIGTERM or SIGINT with every packet accounted for, 1 failure,
2 usage or configuration, 3 a port, memory or another resource is missing.
)";

struct Arguments {
  std::string config;
  bool check = false;
  RunOptions run;
  std::vector<std::string> eal;
};

int usage_error(const std::string& text) {
  std::fprintf(stderr, "%s: %s; see --help (exit %d)\n", kProgram, text.c_str(),
               kExitConfiguration);
  return kExitConfiguration;
}

bool parse_seconds(const char* text, std::uint32_t& seconds) {
  const std::string_view view = text;
  const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), seconds);
  return error == std::errc{} && end == view.data() + view.size() && seconds >= 1;
}

// The exit status if the program ends here, or -1.
int parse(int argc, char** argv, Arguments& arguments) {
  enum : int { kCheck = 256, kStatsPeriod, kHelpOption, kVersion };
  const option options[] = {{"config", required_argument, nullptr, 'c'},
                            {"check", no_argument, nullptr, kCheck},
                            {"stats-period", required_argument, nullptr, kStatsPeriod},
                            {"help", no_argument, nullptr, kHelpOption},
                            {"version", no_argument, nullptr, kVersion},
                            {}};
  for (int c; (c = getopt_long(argc, argv, "c:", options, nullptr)) != -1;) {
    switch (c) {
      case 'c':
        arguments.config = optarg;
        break;
      case kCheck:
        arguments.check = true;
        break;
      case kStatsPeriod:
        if (parse_seconds(optarg, arguments.run.stats_period_s)) break;
        return usage_error("--stats-period wants a number of seconds, 1 or more");
      case kHelpOption:
        std::fputs(kHelp, stdout);
        return 0;
      case kVersion:
        std::printf("%s %s (%s, interface version %u)\n", kProgram, MEDIAPLANE_VERSION,
                    rte_version(), abi::kVersion);
        return 0;
      default:
        return usage_error("unknown option or missing argument");
    }
  }
  arguments.eal.assign(argv + optind, argv + argc);
  return arguments.config.empty() ? usage_error("-c FILE is missing") : -1;
}

// The writer of the log runs beside the housekeeper, never on a worker's CPU. What becomes of a CPU
// that is not there, check_machine() says.
void stay_on(std::uint32_t cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(cpu, &cpus);
  sched_setaffinity(0, sizeof cpus, &cpus);
}

int missing(const MissingResource& resource) {
  spdlog::critical("{} (exit {})", resource.text, kExitMissing);
  return kExitMissing;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (const int status = parse(argc, argv, arguments); status >= 0) return status;
  const auto config = load_config(arguments.config);
  if (!config) {
    std::fputs(report_of(config.error(), kProgram).c_str(), stderr);
    return kExitConfiguration;
  }
  cpu_set_t all_cpus;
  sched_getaffinity(0, sizeof all_cpus, &all_cpus);
  stay_on(config->dataplane.main_cpu);
  const Log log(kProgram);
  sched_setaffinity(0, sizeof all_cpus, &all_cpus);
  arguments.run.print = [&log](std::string text) { log.print(std::move(text)); };
  if (auto machine = check_machine(*config); !machine) return missing(machine.error());
  if (arguments.check) {
    std::printf("%s: %s is fine\n", kProgram, arguments.config.c_str());
    return 0;
  }
  abi::keep_shared_memory_out_of_cores();
  // A reader of our output that goes away, or a terminal that closes, ends no media.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  // Before EAL makes its threads, so that no thread but the housekeeper gets them.
  sigemptyset(&arguments.run.stop_signals);
  sigaddset(&arguments.run.stop_signals, SIGTERM);
  sigaddset(&arguments.run.stop_signals, SIGINT);
  sigprocmask(SIG_BLOCK, &arguments.run.stop_signals, nullptr);
  rte_openlog_stream(log.stream());  // What EAL and drivers say must not make us wait either.
  if (auto eal = start_eal(eal_arguments(*config, arguments.eal)); !eal) {
    return missing(eal.error());
  }
  MemoryReserve reserve;
  const int status = run_relay(*config, arguments.run, reserve);
  rte_eal_cleanup();
  return status;
}
