// SPDX-License-Identifier: BSD-2-Clause
// The command line of `mediaplane-bench setup`, and what it prints.
#include <charconv>
#include <cstdio>
#include <fstream>
#include <string_view>

#include <getopt.h>
#include <spdlog/fmt/fmt.h>

#include "tests/perf/bench/setup.h"

namespace mediaplane::bench {
namespace {

constexpr int kWrong = 1;
constexpr int kUsageError = 2;
constexpr int kMissing = 3;

constexpr auto kHelp =
    "usage: mediaplane-bench setup --control unix:PATH|cunix:PATH [OPTION]...\n"
    "Sets sessions up and down through the socket of a running control plane.\n"
    "\n"
    "  --control SOCKET  unix:PATH, a connection for each command, or cunix:PATH, one for all\n"
    "  --sessions N      1 to 1000000 (10000)\n"
    "  --first N         number of the first one, part of its call-id (0)\n"
    "  --steps LETTERS   commands for each session, of U L D Q (ULD)\n"
    "  --in-flight N     commands under way, 1 to 4000 (64)\n"
    "  --rate R          commands a second, sent when due, 1 to 1000000 (as fast as answered)\n"
    "  --json FILE       write the result there, too\n"
    "Exit status: 0 if every answer was right, 1 if one was not, 2 usage, 3 no control plane.\n";

bool read_number(std::uint32_t& to, std::uint32_t least, std::uint32_t most) {
  const std::string_view text = optarg;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  return error == std::errc{} && end == text.data() + text.size() && to >= least && to <= most;
}

bool read_socket(SetupOptions& options) {
  const std::string_view text = optarg;
  options.one_shot = text.starts_with("unix:");
  if (!options.one_shot && !text.starts_with("cunix:")) return false;
  options.path = text.substr(text.find(':') + 1);
  return !options.path.empty();
}

bool read_steps(std::string& to) {
  to = optarg;
  return !to.empty() && to.find_first_not_of("ULDQ") == std::string::npos;
}

bool apply(int option, SetupOptions& options) {
  constexpr std::uint32_t kMany = 1000000;
  switch (option) {
    case 'c':
      return read_socket(options);
    case 'n':
      return read_number(options.sessions, 1, kMany);
    case 'f':
      return read_number(options.first, 0, 1000 * kMany);
    case 's':
      return read_steps(options.steps);
    case 'i':
      return read_number(options.in_flight, 1, 4000);
    case 'r':
      return read_number(options.rate, 1, kMany);
    case 'j':
      options.json = optarg;
      return true;
    default:
      return false;
  }
}

// The options, or the status to exit with.
Result<SetupOptions, int> parse(int argc, char** argv) {
  constexpr option kKnown[] = {{"control", required_argument, nullptr, 'c'},
                               {"sessions", required_argument, nullptr, 'n'},
                               {"first", required_argument, nullptr, 'f'},
                               {"steps", required_argument, nullptr, 's'},
                               {"in-flight", required_argument, nullptr, 'i'},
                               {"rate", required_argument, nullptr, 'r'},
                               {"json", required_argument, nullptr, 'j'},
                               {"help", no_argument, nullptr, 'h'},
                               {nullptr, 0, nullptr, 0}};
  SetupOptions options;
  for (int c = 0; (c = getopt_long(argc, argv, "", kKnown, nullptr)) != -1;) {
    if (c == 'h') {
      std::fputs(kHelp, stdout);
      return failure(0);
    }
    if (apply(c, options)) continue;
    if (c != '?') std::fprintf(stderr, "mediaplane-bench: '%s' is out of range\n", optarg);
    return failure(kUsageError);
  }
  if (!options.path.empty() && optind == argc) return options;
  std::fputs(kHelp, stderr);
  return failure(kUsageError);
}

std::string table_of(const SetupResult& result, const SetupOptions& options) {
  const auto sessions = static_cast<double>(options.sessions) / result.seconds;
  auto text = fmt::format(
      "{} sessions ({} each), {}{}\n"
      "{:12.0f} commands a second, {:.0f} sessions a second, {:.2f} s\n"
      "{:12} us p50, {} p99, {} p99.9, {} at most\n",
      options.sessions, options.steps,
      options.one_shot ? "a connection for each command" : "one connection",
      options.rate == 0 ? fmt::format(", {} commands in flight", options.in_flight)
                        : fmt::format(", {} commands due a second", options.rate),
      result.commands_per_second(), sessions, result.seconds, result.quantile_us(0.5),
      result.quantile_us(0.99), result.quantile_us(0.999), result.quantile_us(1));
  if (result.wrong != 0) {
    text += fmt::format("{:12} answers were wrong, first: {}\n", result.wrong, result.first_wrong);
  }
  return text;
}

std::string json_of(const SetupResult& result, const SetupOptions& options) {
  return fmt::format(
      R"({{"sessions": {}, "commands": {}, "seconds": {:.4f}, "commands_per_second": {:.0f}, )"
      R"("sessions_per_second": {:.0f}, "p50_us": {}, "p99_us": {}, "p999_us": {}, "max_us": {}, )"
      R"("wrong": {}}})"
      "\n",
      options.sessions, result.commands, result.seconds, result.commands_per_second(),
      static_cast<double>(options.sessions) / result.seconds, result.quantile_us(0.5),
      result.quantile_us(0.99), result.quantile_us(0.999), result.quantile_us(1), result.wrong);
}

}  // namespace

int setup_main(int argc, char** argv) {
  const auto options = parse(argc, argv);
  if (!options) return options.error();
  const auto result = set_up(*options);
  if (!result) {
    std::fprintf(stderr, "mediaplane-bench: %s\n", result.error().c_str());
    return kMissing;
  }
  std::fputs(table_of(*result, *options).c_str(), stdout);
  if (!options->json.empty()) std::ofstream(options->json) << json_of(*result, *options);
  return result->wrong == 0 ? 0 : kWrong;
}

}  // namespace mediaplane::bench
