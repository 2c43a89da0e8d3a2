// SPDX-License-Identifier: BSD-2-Clause
// A whole data plane: bursts of packets through live sessions, and commands, prompts and time in
// between. The input is a program of small steps.
//
// Whatever comes, books and buffers balance, and what is relayed is what came in.
#include <spdlog/spdlog.h>

#include "tests/fuzz/frames_out.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/mend.h"
#include "tests/support/road.h"

namespace mediaplane::test {
namespace {

constexpr const char* kHosts[] = {"198.18.0.10",  "198.18.0.20",   "198.18.0.30", "203.0.113.66",
                                  "2001:db8::10", "2001:db8::20",  "fe80::30",    "2001:db9::66",
                                  "198.18.0.1",   "2001:db8:1::1", "10.0.0.1",    "10.0.0.9"};
constexpr unsigned kHostCount = std::size(kHosts);
constexpr const char* kOurs[] = {"198.18.0.1", "198.18.1.1", "10.0.0.1", "2001:db8::1",
                                 "2001:db8:1::1"};
constexpr unsigned kUdpPorts = 6;  // Pairs from 35000 on.
constexpr unsigned kSessionsUsed = 4;

Endpoint endpoint_of(Input& input) {
  const auto choice = input.byte();
  if (choice >= 0xf0) return {};
  const auto ip = *parse_ip(kHosts[choice % kHostCount]);
  const bool is_own = choice % kHostCount >= 8 && choice % kHostCount < 11;
  const unsigned port = is_own ? 35000 + 2 * (choice / 16 % kUdpPorts) : 4000 + choice / 64 * 2;
  return {ip, static_cast<std::uint16_t>(port)};
}

class Run {
 public:
  Run(Plane& plane, Input input) : plane_(plane), input_(input) {
    plane_.resolve(kHosts[0], kPhoneMac);
    plane_.resolve(kHosts[1], MacAddress{{0x02, 0, 0, 0, 0, 0x20}});
    plane_.resolve(kHosts[4], kPhoneMac, Plane::kLan);
  }
  ~Run() {
    plane_.remove_all();
    plane_.neighbours().drop_held(Verdict::kStopping);
    plane_.now += 60 * kTicksPerSecond;  // No host is banned any more.
    road_.pass(2);
    holds(road_.balances(), "books and buffers balance at the end");
  }

  void go() {
    for (int steps = 0; !input_.is_empty() && steps < kMaxSteps; ++steps) step();
    flush();
  }

 private:
  static constexpr int kMaxSteps = 400;

  void step() {
    switch (input_.below(8)) {
      case 0:
      case 1:
      case 2:
      case 3:
        add(media());
        return;
      case 4:
        add(raw());
        return;
      case 5:
        flush();
        road_.pass(input_.below(128));
        return;
      case 6:
        flush();
        command();
        return;
      default:
        flush();
        happen();
    }
  }

  // A datagram to one of our endpoints, with a few bytes of it changed.
  Frame media() {
    UdpSpec spec;
    const auto who = input_.byte();
    const auto where = input_.byte();
    const auto how = input_.byte();
    const bool ipv6 = (who & 1) != 0;
    spec.source_ip = kHosts[(who >> 1) % 4 + (ipv6 ? 4 : 0)];
    spec.destination_ip = ipv6 ? kOurs[3 + (where & 1)] : kOurs[where & 1];
    spec.destination_mac = ipv6 ? kLanMac : kRelayMac;
    spec.source_port = static_cast<std::uint16_t>(4000 + who / 64);
    spec.destination_port = static_cast<std::uint16_t>(35000 + (where >> 1) % (2 * kUdpPorts));
    spec.payload = rtp_payload(how & 3, input_.byte(), how % 16 == 15 ? 1450 : how / 4);
    spec.udp_checksum = (how & 0x60) != 0x60;
    spec.ip_options = how % 32 == 7 ? 8 : 0;
    auto frame = udp_frame(spec);
    for (auto edits = input_.below(8); edits > 4; --edits) {
      frame[input_.byte() % frame.size()] ^= std::byte{input_.byte()};
    }
    if (!ipv6 && input_.chance()) mend_ipv4(frame);
    return frame;
  }
  Frame raw() {
    const auto bytes = input_.bytes(input_.byte());
    Frame frame(bytes.size());
    std::copy_n(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size(), frame.begin());
    mend_ipv4(frame);
    mend_icmp(frame);
    return frame;
  }

  void add(const Frame& frame) {
    const bool is_lan = frame.size() > 5 && frame[4] == std::byte{1};  // As kLanMac has it.
    auto& burst = bursts_[is_lan ? Plane::kLan : Plane::kWan];
    burst.push_back(frame);
    if (burst.size() == kBurst) flush();
  }
  void flush() {
    for (std::uint16_t ethdev = 0; ethdev < bursts_.size(); ++ethdev) {
      const auto burst = std::exchange(bursts_[ethdev], {});
      if (burst.empty()) continue;
      const auto fates = road_.travel(burst, ethdev);
      for (std::size_t i = 0; i < burst.size(); ++i) {
        if (fates[i].name == "forward") check_relayed(burst[i], fates[i].sent);
      }
      for (const auto& frame : road_.sent()) check_headers(frame);
    }
    holds(road_.balances(), "books and buffers balance");
  }

  void command() {
    const auto index = input_.below(kSessionsUsed);
    if (input_.below(8) == 0) {
      plane_.sessions().remove({index, 1U + input_.below(2)}, plane_.now);
      return;
    }
    abi::Session wish;
    wish.id = {index, 1U + input_.below(2)};
    for (auto& side : wish.sides) {
      side.signalled = endpoint_of(input_);
      side.local_address = input_.below(std::size(kOurs) + 1);
      side.udp_port = static_cast<std::uint16_t>(34998 + 2 * input_.below(kUdpPorts + 1));
      if (side.udp_port == 34998) side.udp_port = 0;
      side.learning = static_cast<abi::Learning>(input_.below(abi::kLearningModes));
      side.flags = static_cast<std::uint16_t>(input_.below(abi::kSideFlags + 1) & ~abi::kSendTwice);
      side.offers = input_.below(4);
      if (input_.below(8) == 1) side.learned_rtp = endpoint_of(input_);
      if (input_.below(8) == 1) side.learned_rtcp = endpoint_of(input_);
    }
    plane_.set(wish);
  }

  // Neighbours answer, control planes go.
  void happen() {
    const auto choice = input_.byte();
    if (choice % 4 == 0) {
      plane_.sessions().stop_prompts(plane_.now);
    } else if (choice % 4 == 1) {
      plane_.neighbours().drop_held(Verdict::kStopping);
    } else {
      const auto host = (choice / 4) % kHostCount;
      const auto ip = *parse_ip(kHosts[host]);
      const MacAddress mac{{0x02, 0, 0, 0, 0, static_cast<std::uint8_t>(host)}};
      plane_.neighbours().learn(choice >= 128 ? Plane::kLan : Plane::kWan, ip, mac, true,
                                plane_.now);
    }
    road_.pass(1);
    for (const auto& frame : road_.sent()) check_headers(frame);
  }

  Plane& plane_;
  Input input_;
  Road road_{plane_};
  std::array<std::vector<Frame>, 2> bursts_;
};

}  // namespace
}  // namespace mediaplane::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mediaplane::test;
  spdlog::set_level(spdlog::level::off);
  Run(the_plane(), Input(data, size)).go();
  return 0;
}
