// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/options.h"

#include <charconv>
#include <cstdio>
#include <string_view>

#include <getopt.h>

#include "dataplane/flow/table.h"

namespace mediaplane::bench {
namespace {

constexpr auto kHelp =
    "usage: mediaplane-bench MODE [OPTION]...\n"
    "       mediaplane-bench setup --help\n"
    "       mediaplane-bench compare A.json B.json [--tolerance SHARE]\n"
    "Sends RTP and RTCP of many calls through the relay's whole packet path, in random order, and\n"
    "checks every packet that comes out. The path is in this program, between two rings, unless\n"
    "--device says otherwise.\n"
    "\n"
    "  run      how fast: cycles a packet on one lcore, or packets a second with --relay-cpu\n"
    "  latency  how long the relay keeps packets that come at a rate; needs --relay-cpu\n"
    "  ndr      the highest rate without loss (RFC 2544), by trials; needs --relay-cpu\n"
    "  soak     for a long time, while calls come and go; books, buffers and memory are checked\n"
    "  compare  is B worse than A, two results of --json?\n"
    "\n"
    "  --sessions N        1 to 100000 (1000)\n"
    "  --size BYTES        frame, as long as an IPv4 one would be, 62 to 1514 (214)\n"
    "  --families F        ipv4 (default), ipv6 or mixed: callers IPv4, callees IPv6\n"
    "  --rebinding SHARE   of packets before which a party's NAT gives it another UDP port (0)\n"
    "  --loss SHARE        of packets lost before the relay (0)\n"
    "  --malformed SHARE   of packets that the relay has to drop by name (0)\n"
    "  --seconds S         0.1 to 1000000 (3); of ndr: for each trial\n"
    "  --in-flight N       packets between generator and relay path, 32 to 8192 (1024, and 128 "
    "with\n"
    "                      --device, whose queues should hold them all)\n"
    "  --rate N            packets a second of latency (100000)\n"
    "  --churn N           calls a second that end and come again in soak (50)\n"
    "  --cpu N             where it runs (1)\n"
    "  --workers N         so many workers with an N-th of the calls each, all at once, on --cpu "
    "and\n"
    "                      the CPUs after it (1)\n"
    "  --relay-cpu N       the relay path has an lcore of its own, on this CPU\n"
    "  --config FILE       the relay's configuration; its control plane sets the calls up\n"
    "  --device ARGUMENTS  a running data plane is behind this virtual device; needs --config\n"
    "  --json FILE         write the result there, too\n"
    "  --tolerance SHARE   by how much a figure may be worse (0.05)\n"
    "Exit status: 0 if no packet was lost or wrong (compare: not worse), 1 if one was (worse),\n"
    "2 usage (not comparable), 3 a missing resource.\n";

int complain(const std::string& text) {
  std::fprintf(stderr, "mediaplane-bench: %s; see --help\n", text.c_str());
  return 2;
}

template <typename T>
bool read_number(T& to, T least, T most) {
  const std::string_view text = optarg;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  if (error == std::errc{} && end == text.data() + text.size() && to >= least && to <= most) {
    return true;
  }
  complain("'" + std::string(text) + "' is out of range");
  return false;
}

bool read_share(double& to) { return read_number(to, 0.0, 1.0); }

bool read_families(Families& to) {
  for (const auto families : {Families::kIpv4, Families::kIpv6, Families::kMixed}) {
    if (std::string_view(optarg) == name_of(families)) return to = families, true;
  }
  complain("--families " + std::string(optarg) + ": ipv4, ipv6 or mixed");
  return false;
}

bool read_relay_cpu(Options& options) {
  return read_number(options.relay_cpu.emplace(), 0U, 1023U);
}

bool apply_traffic(int option, TrafficOptions& traffic) {
  switch (option) {
    case 'n':
      return read_number(traffic.sessions, 1U, 100000U);
    case 'b':
      return read_number(traffic.frame_bytes, kLeastFrameBytes, 1514U);
    case 'f':
      return read_families(traffic.families);
    case 'R':
      return read_share(traffic.rebinding);
    case 'L':
      return read_share(traffic.loss);
    case 'M':
      return read_share(traffic.malformed);
    default:
      return false;
  }
}

bool apply(int option, Options& options) {
  switch (option) {
    case 't':
      return read_number(options.seconds, 0.1, 1e6);
    case 'i':
      return read_number(options.in_flight, std::uint32_t{kBurst}, 8192U);
    case 'r':
      return read_number(options.rate, 1.0, 1e9);
    case 'u':
      return read_number(options.churn, 0.0, 1e5);
    case 'c':
      return read_number(options.cpu, 0U, 1023U);
    case 'w':
      return read_number(options.workers, 1U, 16U);
    case 'p':
      return read_relay_cpu(options);
    case 'C':
      return options.config = optarg, true;
    case 'd':
      return options.device = optarg, true;
    case 'j':
      return options.json = optarg, true;
    case 'T':
      return read_share(options.tolerance);
    default:
      return apply_traffic(option, options.traffic);
  }
}

bool read_mode(std::string_view text, Mode& to) {
  constexpr std::pair<std::string_view, Mode> kModes[] = {{"run", Mode::kRun},
                                                          {"latency", Mode::kLatency},
                                                          {"ndr", Mode::kNdr},
                                                          {"soak", Mode::kSoak},
                                                          {"compare", Mode::kCompare}};
  for (const auto& [name, mode] : kModes) {
    if (name == text) return to = mode, true;
  }
  return false;
}

// What is wrong with options that are right each by itself; empty if nothing is.
std::string contradiction(const Options& options) {
  const bool is_outside = !options.device.empty();
  const bool has_pace = options.mode == Mode::kLatency || options.mode == Mode::kNdr;
  const auto& traffic = options.traffic;
  if (options.mode == Mode::kCompare) {
    return options.files.size() == 2 ? "" : "compare wants two files";
  }
  if (!options.files.empty()) return "'" + options.files[0] + "' is not understood";
  if (has_pace && !is_outside && !options.relay_cpu) return "this mode needs --relay-cpu";
  if (is_outside && options.config.empty()) return "--device needs --config";
  if (is_outside && options.relay_cpu) return "--relay-cpu and --device exclude each other";
  if (options.relay_cpu == options.cpu) return "--cpu and --relay-cpu have to differ";
  if (options.workers > traffic.sessions) return "--workers wants a call for each of them";
  if (options.workers > 1 &&
      (options.mode != Mode::kRun || is_outside || options.relay_cpu || !options.config.empty() ||
       traffic.rebinding + traffic.malformed > 0)) {
    return "--workers is for run alone, without --rebinding and --malformed";
  }
  if (is_outside && traffic.rebinding > 0) {
    return "--rebinding cannot be checked behind --device";
  }
  if (options.mode == Mode::kNdr && traffic.rebinding + traffic.malformed > 0) {
    return "ndr knows no --rebinding and no --malformed";
  }
  return "";
}

}  // namespace

Result<Options, Usage> parse_options(int argc, char** argv) {
  constexpr option kKnown[] = {{"sessions", required_argument, nullptr, 'n'},
                               {"size", required_argument, nullptr, 'b'},
                               {"families", required_argument, nullptr, 'f'},
                               {"rebinding", required_argument, nullptr, 'R'},
                               {"loss", required_argument, nullptr, 'L'},
                               {"malformed", required_argument, nullptr, 'M'},
                               {"seconds", required_argument, nullptr, 't'},
                               {"in-flight", required_argument, nullptr, 'i'},
                               {"rate", required_argument, nullptr, 'r'},
                               {"churn", required_argument, nullptr, 'u'},
                               {"cpu", required_argument, nullptr, 'c'},
                               {"relay-cpu", required_argument, nullptr, 'p'},
                               {"config", required_argument, nullptr, 'C'},
                               {"device", required_argument, nullptr, 'd'},
                               {"json", required_argument, nullptr, 'j'},
                               {"tolerance", required_argument, nullptr, 'T'},
                               {"workers", required_argument, nullptr, 'w'},
                               {"help", no_argument, nullptr, 'h'},
                               {}};
  Options options;
  for (int c = 0; (c = getopt_long(argc, argv, "", kKnown, nullptr)) != -1;) {
    if (c == 'h') {
      std::fputs(kHelp, stdout);
      return failure(Usage::kHelp);
    }
    if (!apply(c, options)) return failure(Usage::kWrong);
  }
  if (optind == argc || !read_mode(argv[optind], options.mode)) {
    complain("MODE is missing: run, latency, ndr, soak or compare");
    return failure(Usage::kWrong);
  }
  options.files.assign(argv + optind + 1, argv + argc);
  if (const auto wrong = contradiction(options); !wrong.empty()) {
    complain(wrong);
    return failure(Usage::kWrong);
  }
  if (options.in_flight == 0) options.in_flight = options.device.empty() ? 1024 : 128;
  return options;
}

}  // namespace mediaplane::bench
