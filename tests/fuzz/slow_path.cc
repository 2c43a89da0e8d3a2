// SPDX-License-Identifier: BSD-2-Clause
// ARP, neighbour discovery and ICMP: good messages with a few bytes changed and their checksums
// mended, one after the other, while neighbours come and go and time passes.
//
// Books and buffers balance, whatever is sent is sound, and the table keeps its bounds.
#include <spdlog/spdlog.h>

#include "dataplane/housekeeper/arp.h"
#include "dataplane/housekeeper/icmp.h"
#include "dataplane/housekeeper/nd.h"
#include "tests/fuzz/frames_out.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/mend.h"
#include "tests/support/malformed.h"
#include "tests/support/road.h"

namespace mediaplane::test {
namespace {

// Read again by the parsers that found the question sound.
void check_sent(const Frame& frame) {
  check_headers(frame);
  const auto type = load<EthernetHeader>(frame.data()).ether_type;
  if (type == be16(kEtherTypeArp)) {
    holds(read_arp(frame).has_value(), "ARP of ours is sound");
  } else if (type == be16(kEtherTypeIpv6)) {
    const auto reading = read_icmp6(frame);
    holds(reading.verdict != Verdict::kBadIcmp, "ICMPv6 of ours is sound");
    holds(reading.verdict != Verdict::kPunt || read_nd(frame, reading).has_value(),
          "discovery of ours is sound");
  } else {
    holds(read_icmp(frame).verdict == Verdict::kNotForSlowPath, "an answer is no question");
  }
}

class Run {
 public:
  Run(Plane& plane, Input input) : plane_(plane), input_(input) {}
  ~Run() {
    for (const auto index : acquired_) plane_.neighbours().release(index, plane_.now);
    plane_.neighbours().drop_held(Verdict::kStopping);
    plane_.now += 60 * kTicksPerSecond;
    road_.pass(1);
  }

  void go() {
    for (int steps = 0; !input_.is_empty() && steps < 200; ++steps) step();
  }

 private:
  void step() {
    const auto what = input_.byte();
    if (what % 8 == 7) {
      road_.pass(input_.byte());
    } else if (what % 8 == 6) {
      acquire(what / 8);
    } else {
      arrive(what);
    }
    for (const auto& frame : road_.sent()) check_sent(frame);
    holds(road_.balances(), "books and buffers balance");
    holds(plane_.neighbours().all().size() <= kMaxNeighboursOfPort, "the table keeps its bound");
  }

  void acquire(unsigned choice) {
    if (choice % 4 == 3 && !acquired_.empty()) {
      plane_.neighbours().release(acquired_.back(), plane_.now);
      acquired_.pop_back();
      return;
    }
    const bool ipv6 = choice % 2 != 0;
    const auto ip = *parse_ip(ipv6 ? "2001:db8::10" : "198.18.0.10");
    const Station us{ipv6 ? kLanMac : kRelayMac, *parse_ip(ipv6 ? "2001:db8::1" : "198.18.0.1")};
    const auto index =
        plane_.neighbours().acquire(ipv6 ? Plane::kLan : Plane::kWan, ip, us, plane_.now);
    if (index != kNoNeighbour) acquired_.push_back(index);
  }

  void arrive(unsigned what) {
    static const Frame kGood[] = {good_arp(), good_ping(), good_ping6(), good_solicitation(),
                                  good_advertisement()};
    auto frame = kGood[what / 8 % std::size(kGood)];
    const auto ethdev = is_ipv6(frame) ? Plane::kLan : Plane::kWan;
    for (auto edits = what % 8; edits > 0; --edits) {
      frame[input_.byte() % frame.size()] = std::byte{input_.byte()};
    }
    if (input_.below(4) == 3) frame.resize(input_.byte(), std::byte{input_.byte()});
    if (!is_arp(frame)) {
      mend_icmp(frame);
      if (ethdev == Plane::kWan) mend_ipv4(frame);
    }
    road_.travel(frame, ethdev);
  }
  static bool is_arp(const Frame& frame) {
    return frame.size() >= sizeof(EthernetHeader) &&
           load<EthernetHeader>(frame.data()).ether_type == be16(kEtherTypeArp);
  }

  Plane& plane_;
  Input input_;
  Road road_{plane_};
  std::vector<NeighbourIndex> acquired_;
};

}  // namespace
}  // namespace mediaplane::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mediaplane::test;
  spdlog::set_level(spdlog::level::off);
  Run(the_plane(), Input(data, size)).go();
  return 0;
}
