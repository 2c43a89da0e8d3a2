// SPDX-License-Identifier: BSD-2-Clause
// mediaplane-load: both parties of many calls, as raw frames at two kernel interfaces, each in a
// network namespace of its own. scripts/bench-lab starts it for each trial.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include "tests/perf/veth/trial.h"

namespace mediaplane::veth {
namespace {

constexpr auto kUsage =
    "usage: mediaplane-load RATE SECONDS < STREAMS\n"
    "Sends RTP at RATE packets a second and prints what became of it. STREAMS begins with a line\n"
    "  NAMESPACE INTERFACE MAC RELAY-MAC\n"
    "for each of two parties; the others are\n"
    "  PARTY(0|1) SOURCE-IP SOURCE-PORT RELAY-IP RELAY-PORT\n";

struct Party {
  std::string netns, interface, mac, relay_mac;
  std::unique_ptr<PacketSockets> sockets;
};

bool enter(const std::string& netns) {
  const phones::UniqueFd fd(open(("/run/netns/" + netns).c_str(), O_RDONLY | O_CLOEXEC));
  return fd.is_open() && setns(fd.value(), CLONE_NEWNET) == 0;
}

int complain(const std::string& text) {
  std::fprintf(stderr, "mediaplane-load: %s\n", text.c_str());
  return 2;
}

// Nothing is left to read when all of it was right.
bool read_streams(std::FILE* from, const std::array<Party, kParties>& parties,
                  std::vector<Stream>& streams) {
  std::array<char, 64> source{};
  std::array<char, 64> relay{};
  std::size_t party = 0;
  std::uint16_t source_port = 0;
  std::uint16_t relay_port = 0;
  while (std::fscanf(from, "%zu %63s %hu %63s %hu", &party, source.data(), &source_port,
                     relay.data(), &relay_port) == 5) {
    const auto source_ip = parse_ip(source.data());
    const auto relay_ip = parse_ip(relay.data());
    if (party >= kParties || !source_ip || !relay_ip) return false;
    const auto mac = parse_mac(parties[party].mac);
    const auto relay_mac = parse_mac(parties[party].relay_mac);
    if (!mac || !relay_mac) return false;
    const Direction direction{
        *mac, *relay_mac, source_ip->ipv4(), be16(source_port), relay_ip->ipv4(), be16(relay_port)};
    const auto ssrc = static_cast<std::uint32_t>(0x1000 + streams.size());
    streams.push_back({party, RtpFrame(direction, ssrc)});
  }
  return std::feof(from) != 0 && !streams.empty();
}

bool read_party(std::FILE* from, Party& party) {
  std::array<std::array<char, 64>, 4> words{};
  if (std::fscanf(from, "%63s %63s %63s %63s", words[0].data(), words[1].data(), words[2].data(),
                  words[3].data()) != 4) {
    return false;
  }
  party.netns = words[0].data();
  party.interface = words[1].data();
  party.mac = words[2].data();
  party.relay_mac = words[3].data();
  return true;
}

void print(const TrialResult& result) {
  const auto microseconds = [&](double share) {
    return static_cast<double>(result.nanoseconds.quantile(share)) / 1000;
  };
  fmt::print(
      "{{\"due\": {}, \"sent\": {}, \"received\": {}, \"late\": {}, \"overrun\": {}, "
      "\"p50_us\": {:.1f}, \"p99_us\": {:.1f}, \"p999_us\": {:.1f}, \"max_us\": {:.1f}}}\n",
      result.due, result.sent, result.received, result.late, result.overrun, microseconds(0.5),
      microseconds(0.99), microseconds(0.999),
      static_cast<double>(result.nanoseconds.most()) / 1000);
}

int run(const TrialOptions& options) {
  std::array<Party, kParties> parties;
  std::vector<Stream> streams;
  for (auto& party : parties) {
    if (!read_party(stdin, party)) return complain("two parties are needed; see --help");
  }
  if (!read_streams(stdin, parties, streams)) return complain("a stream is wrong; see --help");
  Parties sockets{};
  for (std::size_t i = 0; i < kParties; ++i) {
    auto& party = parties[i];
    errno = 0;
    if (enter(party.netns)) party.sockets = std::make_unique<PacketSockets>(party.interface);
    if (!party.sockets || !party.sockets->is_open()) {
      complain(fmt::format("{} {}: {}", party.netns, party.interface, std::strerror(errno)));
      return 3;
    }
    sockets[i] = party.sockets.get();
  }
  print(run_trial(sockets, streams, options));
  return 0;
}

}  // namespace
}  // namespace mediaplane::veth

int main(int argc, char** argv) {
  mediaplane::veth::TrialOptions options;
  if (argc == 3) {
    options.rate = std::strtod(argv[1], nullptr);
    options.seconds = std::strtod(argv[2], nullptr);
  }
  if (argc != 3 || !(options.rate >= 1) || !(options.seconds > 0)) {
    std::fputs(mediaplane::veth::kUsage, stderr);
    return 2;
  }
  return mediaplane::veth::run(options);
}
