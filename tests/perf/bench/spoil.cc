// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/spoil.h"

#include <array>

namespace mediaplane::bench {
namespace {

using test::Frame;
using test::kIpAt;

template <typename Header, typename Edit>
void edit(Frame& frame, std::size_t at, Edit change) {
  auto header = load<Header>(frame.data() + at);
  change(header);
  store(frame.data() + at, header);
}

Verdict other_mac(Frame& frame) {
  edit<EthernetHeader>(frame, 0, [](auto& ethernet) { ethernet.destination.bytes[5] ^= 0x5a; });
  return Verdict::kNotOurMac;
}

Verdict cut(Frame& frame) {
  frame.resize(kIpAt + sizeof(Ipv4Header) - 4);
  return Verdict::kShortFrame;
}

Verdict long_udp(Frame& frame) {
  edit<UdpHeader>(frame, test::udp_offset_of(frame), [](auto& udp) { udp.length = be16(0xffff); });
  return Verdict::kBadUdpLength;
}

Verdict other_version(Frame& frame) {
  frame[kIpAt] ^= std::byte{0x30};  // 4 becomes 7, 6 becomes 5.
  return test::is_ipv6(frame) ? Verdict::kBadIpv6Header : Verdict::kBadIpv4Header;
}

Verdict long_ip(Frame& frame) {
  if (test::is_ipv6(frame)) {
    edit<Ipv6Header>(frame, kIpAt, [](auto& ip) { ip.payload_length = be16(0xffff); });
    return Verdict::kBadIpv6Length;
  }
  edit<Ipv4Header>(frame, kIpAt, [](auto& ip) { ip.total_length = be16(0xffff); });
  return Verdict::kBadIpv4Length;
}

Verdict other_ipv4_checksum(Frame& frame) {
  edit<Ipv4Header>(frame, kIpAt, [](auto& ip) { ip.checksum.raw ^= 0x0101; });
  return Verdict::kBadIpv4Checksum;
}

}  // namespace

Verdict spoil(Frame& frame, std::uint32_t number) {
  constexpr std::array kWays = {other_mac,     cut,     long_udp,
                                other_version, long_ip, other_ipv4_checksum};
  const auto ways = test::is_ipv6(frame) ? kWays.size() - 1 : kWays.size();
  return kWays[number % ways](frame);
}

}  // namespace mediaplane::bench
