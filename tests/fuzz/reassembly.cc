// SPDX-License-Identifier: BSD-2-Clause
// Fragments: pieces of datagrams in any order, twice, never, or with other bytes than they should
// have, of many sources, and time in between. The input is a program of small steps.
//
// Books and buffers balance and the table keeps its bounds. What comes out of a datagram of which
// nothing but right pieces came is that datagram, and it comes out when its last piece has come,
// unless it had to make room. What leaves is sound, and fits.
#include <bitset>

#include <spdlog/spdlog.h>

#include "tests/fuzz/frames_out.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/mend.h"
#include "tests/support/fragment_frames.h"
#include "tests/support/malformed.h"
#include "tests/support/road.h"

namespace mediaplane::test {
namespace {

constexpr unsigned kMaxPieces = 12;  // More than are taken.

// What a datagram is follows from its number alone, so that it can be told wherever it comes out.
struct Plan {
  explicit Plan(unsigned number)
      : ipv6((number & 1) != 0),
        host(number / 2 % 8),
        id(number % 64),
        size(64 + (number * 311) % 9000),
        piece((64 + (number * 97) % 1400) / 8 * 8) {}

  std::size_t length() const { return sizeof(UdpHeader) + payload_size(); }
  std::size_t pieces() const { return (length() + piece - 1) / piece; }
  bool can_be_whole() const { return pieces() > 1 && pieces() <= Reassembly::kMaxFragments; }
  // Not more pieces than the fuzzer has places for.
  std::size_t payload_size() const { return std::min(size, piece * kMaxPieces - 8); }

  bool ipv6;
  unsigned host;
  std::uint32_t id;
  std::size_t size;
  std::size_t piece;
};

Frame datagram(const Plan& plan, unsigned number) {
  const auto last = std::to_string(10 + plan.host);
  const auto source = plan.ipv6 ? "2001:db8::" + last : "198.18.0." + last;
  UdpSpec spec;
  spec.source_ip = source.c_str();
  spec.destination_ip = plan.ipv6 ? "2001:db8::1" : "198.18.0.1";
  spec.destination_mac = plan.ipv6 ? kLanMac : kRelayMac;
  spec.destination_port = static_cast<std::uint16_t>(35000 + number % 4);
  spec.payload.resize(plan.payload_size());
  for (std::size_t i = 0; i < spec.payload.size(); ++i) {
    spec.payload[i] = static_cast<std::byte>(i * 7 + number * 31 + i / 256);
  }
  return udp_frame(spec);
}

// What the model knows of one source and number.
struct Known {
  unsigned number = 0;
  std::bitset<kMaxPieces> came;
  Tick begun = 0;
  bool is_spoilt = false;  // Something else came under the same number.
};

class Run {
 public:
  Run(Plane& plane, Input input) : plane_(plane), input_(input) { set_up_calls(plane); }
  ~Run() {
    plane_.remove_all();
    plane_.fragments().drop_held(Verdict::kStopping);
    plane_.neighbours().drop_held(Verdict::kStopping);
    plane_.now += 60 * kTicksPerSecond;
    road_.pass(2);
    holds(road_.balances(), "books and buffers balance at the end");
  }

  void go() {
    for (int steps = 0; !input_.is_empty() && steps < 300; ++steps) {
      step();
      check();
    }
  }

 private:
  void step() {
    const auto what = input_.byte();
    if (what % 16 == 15) return pass(input_.byte());
    if (what % 16 == 14) return flood();
    if (what % 16 >= 11) return broken();
    piece(what % 16 >= 9);
  }

  void pass(Tick ticks) {
    road_.pass(ticks);
    std::erase_if(known_, [this](const auto& each) {
      return plane_.now - each.second.begun >= Reassembly::kPatience;
    });
  }

  // A right one; `all`: the rest of its datagram with it.
  void piece(bool all) {
    const unsigned number = input_.word();
    const Plan plan(number);
    const auto first = input_.below(static_cast<unsigned>(plan.pieces()));
    const auto count = all ? plan.pieces() : 1;
    for (std::size_t i = 0; i < count; ++i) send(plan, number, (first + i) % plan.pieces());
  }

  void send(const Plan& plan, unsigned number, std::size_t place) {
    const auto whole = datagram(plan, number);
    const auto begin = place * plan.piece;
    const auto frame = fragment_of(whole, begin, begin + plan.piece, plan.id);
    if (plan.pieces() == 1) return;  // It is none.
    const auto at = known_.try_emplace(key_of(plan), Known{number, {}, plane_.now, false}).first;
    auto& known = at->second;
    const bool among_broken = plane_.now - broken_ < Reassembly::kPatience;
    known.is_spoilt |= known.number != number || !plan.can_be_whole() || among_broken;
    if (known.is_spoilt) known.begun = plane_.now;  // The table knows better.
    const auto pushed_out = count_of(Verdict::kFragmentTableFull);
    const bool came_before = known.came[place];
    known.came.set(place);
    road_.travel(frame, plan.ipv6 ? Plane::kLan : Plane::kWan);
    if (count_of(Verdict::kFragmentTableFull) != pushed_out) spoil_all();
    auto out = road_.put_together();
    const bool is_complete = known.came.count() == plan.pieces();
    if (!known.is_spoilt) {
      holds(out.empty() != (is_complete && !came_before), "it is whole when all of it is there");
    }
    const auto sent = road_.sent();
    for (const auto& each : sent) check_sent(each);
    if (!known.is_spoilt && !out.empty()) check_whole(out.front(), sent, whole);
    if (!out.empty()) known_.erase(at);
  }

  // Somebody had to make room, and the model does not know who.
  void spoil_all() {
    for (auto& [key, known] : known_) known.is_spoilt = true;
  }

  // Any piece of anything, under a number that is used or not.
  void broken() {
    const unsigned number = input_.word();
    const Plan plan(number);
    const auto size = static_cast<std::size_t>(input_.byte()) * 6;
    const auto field = input_.word();
    auto frame = fragment_frame(datagram(plan, number), field & 0xfff8U,
                                Frame(size, std::byte{input_.byte()}), (field & 1) != 0, plan.id);
    for (auto edits = input_.below(4); edits > 0; --edits) {
      frame[14 + input_.byte() % std::min<std::size_t>(frame.size() - 14, 64)] =
          std::byte{input_.byte()};
    }
    if (!plan.ipv6) mend_ipv4(frame);
    spoil_all();
    broken_ = plane_.now;
    road_.travel(frame, plan.ipv6 ? Plane::kLan : Plane::kWan);
    drain();
  }

  // First pieces of many datagrams, of one source or of as many.
  void flood() {
    const auto count = input_.byte() * 4U;
    const bool spoofed = input_.chance();
    const auto whole = datagram(Plan(0), 0);
    for (unsigned i = 0; i < count; ++i) {
      auto frame = fragment_of(whole, 0, 64, 1000 + i);
      if (spoofed) store(frame.data() + kIpAt + 12, be32(0xc6330000 + next_host_++ % 60000 + 1));
      if (spoofed) seal_ipv4(frame);
      road_.travel(frame, Plane::kWan);
    }
    spoil_all();
    drain();
  }

  void drain() {
    for (const auto& fate : road_.put_together()) {
      if (!fate.sent.empty()) check_headers(fate.sent);
    }
    for (const auto& frame : road_.sent()) check_sent(frame);
  }

  // What left can be compared with what came, unless it waits for a neighbour.
  static void check_whole(const Fate& fate, const std::vector<Frame>& sent, const Frame& whole) {
    if (fate.name == "forward") check_relayed(whole, fate.sent);
    const auto pieces = fate.name == "split" ? joined(sent) : std::nullopt;
    if (pieces) check_relayed(whole, *pieces);
  }
  void check_sent(const Frame& frame) {
    check_headers(frame);
    holds(frame.size() <= 1514, "it fits");
  }
  void check() {
    const auto& table = plane_.fragments().reassembly();
    holds(road_.balances(), "books and buffers balance");
    holds(table.datagrams() <= Reassembly::kDatagrams, "the table keeps its bound");
    holds(table.held() <= table.datagrams() * Reassembly::kMaxFragments, "and all its datagrams");
  }

  static unsigned key_of(const Plan& plan) {
    return plan.id << 4 | plan.host << 1 | (plan.ipv6 ? 1 : 0);
  }
  std::uint64_t count_of(Verdict verdict) {
    return plane_.housekeeper_totals().verdicts[static_cast<std::size_t>(verdict)].load();
  }

  Plane& plane_;
  Input input_;
  Road road_{plane_};
  std::map<unsigned, Known> known_;
  unsigned next_host_ = 0;
  Tick broken_ = plane_.now - Reassembly::kPatience;  // When something broken came last.
};

}  // namespace
}  // namespace mediaplane::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mediaplane::test;
  spdlog::set_level(spdlog::level::off);
  Run(the_plane(), Input(data, size)).go();
  return 0;
}
