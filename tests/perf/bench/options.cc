// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/options.h"

#include <charconv>
#include <cstdio>
#include <string_view>

#include <getopt.h>

#include "tests/perf/bench/relay_path.h"

namespace mediaplane::bench {
namespace {

constexpr auto kHelp =
    "usage: mediaplane-bench run [OPTION]...\n"
    "       mediaplane-bench setup --help\n"
    "Runs the relay's whole packet path, receive to transmit, over net_ring, on one CPU with its\n"
    "generator and a sink that checks every packet, and prints cycles a packet.\n"
    "\n"
    "  --sessions N    sessions, 1 to 100000 (1000); random order\n"
    "  --size BYTES    frame, as long as an IPv4 one would be, 62 to 1514 (214)\n"
    "  --families F    ipv4 (default), ipv6 or mixed: callers IPv4, callees IPv6\n"
    "  --seconds S     1 to 3600 (3)\n"
    "  --in-flight N   packets between generator and relay path, 32 to 8000 (1024)\n"
    "  --cpu N         where it runs (1)\n"
    "  --json FILE     write the result there, too\n"
    "Exit status: 0 if no packet was lost or wrong, 1 if one was, 2 usage, 3 a missing resource.\n";

template <typename T>
bool read_number(T& to, T least, T most) {
  const std::string_view text = optarg;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  if (error == std::errc{} && end == text.data() + text.size() && to >= least && to <= most) {
    return true;
  }
  std::fprintf(stderr, "mediaplane-bench: '%s' is out of range; see --help\n", optarg);
  return false;
}

bool read_families(Families& to) {
  const std::string_view text = optarg;
  if (text == "ipv4") return to = Families::kIpv4, true;
  if (text == "ipv6") return to = Families::kIpv6, true;
  if (text == "mixed") return to = Families::kMixed, true;
  std::fprintf(stderr, "mediaplane-bench: --families %s: ipv4, ipv6 or mixed\n", optarg);
  return false;
}

bool apply(int option, Options& options) {
  switch (option) {
    case 'n':
      return read_number(options.traffic.sessions, 1U, 100000U);
    case 'b':
      return read_number(options.traffic.frame_bytes, kLeastFrameBytes, 1514U);
    case 'f':
      return read_families(options.traffic.families);
    case 't':
      return read_number(options.seconds, 1U, 3600U);
    case 'i':
      return read_number(options.in_flight, std::uint32_t{kBurst}, 8000U);
    case 'c':
      return read_number(options.cpu, 0U, 1023U);
    case 'j':
      options.json = optarg;
      return true;
    default:
      return false;
  }
}

}  // namespace

Result<Options, Usage> parse_options(int argc, char** argv) {
  constexpr option kKnown[] = {{"sessions", required_argument, nullptr, 'n'},
                               {"size", required_argument, nullptr, 'b'},
                               {"families", required_argument, nullptr, 'f'},
                               {"seconds", required_argument, nullptr, 't'},
                               {"in-flight", required_argument, nullptr, 'i'},
                               {"cpu", required_argument, nullptr, 'c'},
                               {"json", required_argument, nullptr, 'j'},
                               {"help", no_argument, nullptr, 'h'},
                               {nullptr, 0, nullptr, 0}};
  Options options;
  for (int c = 0; (c = getopt_long(argc, argv, "", kKnown, nullptr)) != -1;) {
    if (c == 'h') {
      std::fputs(kHelp, stdout);
      return failure(Usage::kHelp);
    }
    if (!apply(c, options)) return failure(Usage::kWrong);
  }
  if (optind + 1 == argc && std::string_view(argv[optind]) == "run") return options;
  std::fputs(kHelp, stderr);
  return failure(Usage::kWrong);
}

}  // namespace mediaplane::bench
