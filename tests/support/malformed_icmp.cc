// SPDX-License-Identifier: BSD-2-Clause
// Malformed ICMP, ICMPv6 and neighbour discovery.
#include "tests/support/malformed.h"

namespace mediaplane::test {
namespace {

constexpr std::size_t kIcmpAt = kIpAt + sizeof(Ipv4Header);
constexpr std::size_t kIcmp6At = kIpAt + sizeof(Ipv6Header);
constexpr std::size_t kTargetAt = kIcmp6At + 8;
constexpr std::size_t kOptionAt = kIcmp6At + sizeof(NeighbourDiscoveryHeader);

// An ICMP message of these type, code and length, header included; all else is right.
Edit message(std::uint8_t type, std::uint8_t code, std::size_t length) {
  return [=](Frame& frame) {
    frame.resize(kIcmpAt + length, std::byte{0x45});
    header_at<Ipv4Header>(kIpAt, [&](Ipv4Header& h) {
      h.total_length = be16(static_cast<std::uint16_t>(sizeof h + length));
    })(frame);
    if (length > 0) frame[kIcmpAt] = std::byte{type};
    if (length > 1) frame[kIcmpAt + 1] = std::byte{code};
    if (length > 3) seal_icmp(frame);
    seal_ipv4(frame);
  };
}

Edit total_length(std::uint16_t value) {
  return [value](Frame& frame) {
    header_at<Ipv4Header>(kIpAt, [&](Ipv4Header& h) { h.total_length = be16(value); })(frame);
    seal_ipv4(frame);
  };
}

// The same of an ICMPv6 message: whatever `change` does, length and checksum are right.
Edit message6(std::function<void(Frame&)> change) {
  return [change](Frame& frame) {
    change(frame);
    header_at<Ipv6Header>(kIpAt, [&](Ipv6Header& h) {
      h.payload_length = be16(static_cast<std::uint16_t>(frame.size() - kIcmp6At));
    })(frame);
    if (frame.size() >= kIcmp6At + 4) seal_icmp6(frame, kIcmp6At);
  };
}

Edit byte6(std::size_t at, std::uint8_t value) {
  return message6([=](Frame& frame) { frame[at] = std::byte{value}; });
}

Edit cut6(std::size_t length) {
  return message6([=](Frame& frame) { frame.resize(kIcmp6At + length); });
}

Edit ip6(std::function<void(Ipv6Header&)> change) {
  return message6(header_at<Ipv6Header>(kIpAt, std::move(change)));
}

Edit target(const char* address) {
  return message6([=](Frame& frame) { store(frame.data() + kTargetAt, parse_ip(address)->bytes); });
}

}  // namespace

std::vector<MalformedRow> icmp_rows() {
  return {
      {"ping without a byte", good_ping, message(8, 0, 0), "bad_icmp"},
      {"ping of 1 byte", good_ping, message(8, 0, 1), "bad_icmp"},
      {"ping of 4 bytes", good_ping, message(8, 0, 4), "bad_icmp"},
      {"ping of 7 bytes", good_ping, message(8, 0, 7), "bad_icmp"},
      {"ping of 8 bytes", good_ping, message(8, 0, 8), "answered"},
      {"ping of 9 bytes", good_ping, message(8, 0, 9), "answered"},
      {"ping with a wrong checksum", good_ping, [](Frame& f) { f[kIcmpAt + 2] ^= std::byte{1}; },
       "bad_icmp"},
      {"ping with code 1", good_ping, message(8, 1, 16), "not_for_slow_path"},
      {"ping beyond the frame", good_ping, total_length(37), "bad_ipv4_length"},
      {"ping of 65535 bytes", good_ping, total_length(65535), "bad_ipv4_length"},
      {"ping with padding", good_ping, [](Frame& f) { f.resize(60); }, "answered"},
      {"answer to no ping", good_ping, message(0, 0, 16), "not_for_slow_path"},
      {"port unreachable that quotes 27 bytes", good_ping, message(3, 3, 8 + 27),
       "not_for_slow_path"},
      {"port unreachable that quotes nothing", good_ping, message(3, 3, 8), "not_for_slow_path"},
      {"fragmentation needed", good_ping, message(3, 4, 8 + 28), "not_for_slow_path"},
      {"redirect", good_ping, message(5, 1, 8 + 28), "not_for_slow_path"},
      {"time exceeded", good_ping, message(11, 0, 8 + 28), "not_for_slow_path"},
      {"timestamp request", good_ping, message(13, 0, 20), "not_for_slow_path"},
      {"ICMP type 255", good_ping, message(255, 255, 16), "not_for_slow_path"},
      {"ICMPv6 without a byte", good_ping6, cut6(0), "bad_icmp"},
      {"ICMPv6 of 7 bytes", good_ping6, cut6(7), "bad_icmp"},
      {"ICMPv6 ping of 8 bytes", good_ping6, cut6(8), "answered"},
      {"ICMPv6 ping with a wrong checksum", good_ping6,
       [](Frame& f) { f[kIcmp6At + 2] ^= std::byte{1}; }, "bad_icmp"},
      {"ICMPv6 ping with code 1", good_ping6, byte6(kIcmp6At + 1, 1), "not_for_slow_path"},
      {"ICMPv6 packet too big", good_ping6, byte6(kIcmp6At, 2), "not_for_slow_path"},
      {"ICMPv6 unreachable", good_ping6, byte6(kIcmp6At, 1), "not_for_slow_path"},
      {"ICMPv6 ping of all nodes", good_ping6, ip6([](auto& h) { h.destination = kAllNodes; }),
       "multicast"},
  };
}

std::vector<MalformedRow> discovery_rows() {
  return {
      {"solicitation from beyond a router", good_solicitation,
       ip6([](auto& h) { h.hop_limit = 254; }), "multicast"},
      {"solicitation to us from beyond a router", good_solicitation,
       [](Frame& f) {
         ethernet([](auto& e) { e.destination = kLanMac; })(f);
         ip6([](auto& h) {
           h.hop_limit = 254;
           h.destination = parse_ip("2001:db8::1")->bytes;
         })(f);
       },
       "bad_nd"},
      {"solicitation with code 1", good_solicitation, byte6(kIcmp6At + 1, 1), "bad_nd"},
      {"solicitation with a wrong checksum", good_solicitation,
       [](Frame& f) { f[kIcmp6At + 2] ^= std::byte{1}; }, "bad_icmp"},
      {"solicitation of 23 bytes", good_solicitation, cut6(23), "bad_nd"},
      {"solicitation without options", good_solicitation, cut6(24), "answered"},
      {"solicitation with half an option", good_solicitation, cut6(28), "bad_nd"},
      {"solicitation with an option of length 0", good_solicitation, byte6(kOptionAt + 1, 0),
       "bad_nd"},
      {"solicitation with an option beyond the packet", good_solicitation, byte6(kOptionAt + 1, 2),
       "bad_nd"},
      {"solicitation with an option of 2040 bytes", good_solicitation, byte6(kOptionAt + 1, 255),
       "bad_nd"},
      {"solicitation with an option of no meaning", good_solicitation, byte6(kOptionAt, 200),
       "answered"},
      {"solicitation from a multicast MAC", good_solicitation, byte6(kOptionAt + 2, 1), "bad_nd"},
      {"solicitation for a group", good_solicitation, target("ff02::1"), "bad_nd"},
      {"solicitation from ::1", good_solicitation,
       ip6([](auto& h) { h.source = parse_ip("::1")->bytes; }), "bad_nd"},
      {"solicitation from a group", good_solicitation, ip6([](auto& h) { h.source = kAllNodes; }),
       "bad_nd"},
      {"solicitation from nobody that tells a MAC", good_solicitation,
       ip6([](auto& h) { h.source = {}; }), "bad_nd"},
      {"solicitation from our own address", good_solicitation,
       ip6([](auto& h) { h.source = parse_ip("2001:db8::1")->bytes; }), "address_conflict"},
      {"advertisement of our address", good_advertisement, target("2001:db8::1"),
       "address_conflict"},
      {"advertisement of a group", good_advertisement, target("ff02::1"), "bad_nd"},
      {"advertisement of a stranger", good_advertisement, target("2001:db8::66"), "consumed"},
      {"advertisement without options", good_advertisement, cut6(24), "consumed"},
      {"advertisement of 23 bytes", good_advertisement, cut6(23), "bad_nd"},
      {"solicited advertisement to a group", good_advertisement,
       [](Frame& f) {
         ethernet([](auto& e) { e.destination = multicast_mac_of(kAllNodes); })(f);
         ip6([](auto& h) { h.destination = kAllNodes; })(f);
       },
       "bad_nd"},
      {"router advertisement to us", good_advertisement, byte6(kIcmp6At, 134), "not_for_slow_path"},
      {"router solicitation to us", good_advertisement, byte6(kIcmp6At, 133), "not_for_slow_path"},
      {"ICMPv6 redirect", good_advertisement, byte6(kIcmp6At, 137), "not_for_slow_path"},
  };
}

}  // namespace mediaplane::test
