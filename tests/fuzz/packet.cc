// SPDX-License-Identifier: BSD-2-Clause
// The parsers of one frame, each on a heap copy of exactly its size, so that AddressSanitizer sees
// the first byte read beyond it: classify, the short way of recognise.h, and what the slow path
// reads.
//
// The first byte of the input says at which port the frame arrives and which checksums are made
// right, for hardly any input would get past them otherwise.
#include <memory>

#include <rte_mbuf.h>

#include "dataplane/housekeeper/arp.h"
#include "dataplane/housekeeper/icmp.h"
#include "dataplane/housekeeper/icmp6.h"
#include "dataplane/housekeeper/nd.h"
#include "dataplane/net/rtp.h"
#include "dataplane/pipeline/classify.h"
#include "dataplane/pipeline/recognise.h"
#include "tests/fuzz/holds.h"
#include "tests/fuzz/mend.h"
#include "tests/support/plane.h"

namespace mediaplane::test {
namespace {

constexpr unsigned kToLan = 1;
constexpr unsigned kIpv4Sum = 2;
constexpr unsigned kIcmpSum = 4;
constexpr unsigned kOffload = 8;  // The port has found the header checksum right.

bool is_same(const Packet& one, const Packet& other) {
  return one.frame == other.frame && one.udp == other.udp && one.udp_length == other.udp_length &&
         one.family == other.family && one.key == other.key;
}

void read_media(const Packet& packet, std::size_t size) {
  holds(packet.udp + packet.udp_length <= packet.frame + size, "the datagram is in the frame");
  holds(packet.udp_length >= sizeof(UdpHeader), "the datagram has a header");
  Frame payload(packet.payload().begin(), packet.payload().end());
  payload.shrink_to_fit();
  parse_rtp(payload);
}

// Whoever of the slow path reads such a frame, reads it; and an echo is answered in place.
void read_punted(std::span<std::byte> frame) {
  const auto type = load<EthernetHeader>(frame.data()).ether_type;
  if (type == be16(kEtherTypeArp)) {
    read_arp(frame);
  } else if (type == be16(kEtherTypeIpv4)) {
    const auto reading = read_icmp(frame);
    if (reading.verdict == Verdict::kPunt) {
      holds(answer_echo(frame, reading) <= frame.size(), "an answer is no longer");
    }
  } else {
    const auto reading = read_icmp6(frame);
    if (reading.verdict != Verdict::kPunt) return;
    if (reading.type == kIcmp6EchoRequest) {
      holds(answer_echo6(frame, reading) <= frame.size(), "an answer is no longer");
    } else {
      read_nd(frame, reading);
    }
  }
}

void read_frame(std::span<std::byte> frame, unsigned choice, Shared& shared) {
  auto port = shared.ports[(choice & kToLan) != 0 ? Plane::kLan : Plane::kWan];
  rte_mbuf mbuf{};
  mbuf.nb_segs = 1;
  mbuf.data_len = static_cast<std::uint16_t>(frame.size());
  mbuf.pkt_len = mbuf.data_len;
  if ((choice & kOffload) != 0) {
    mbuf.ol_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD;
    port.checks_ipv4 = true;
  }
  Packet quick{};
  quick.frame = frame.data();
  auto thorough = quick;
  const bool usual = Recogniser(port, shared).is_usual(mbuf, quick);
  const auto verdict = classify_frame(frame, mbuf, port, shared, thorough);
  holds(!usual || (verdict == Verdict::kForward && is_same(quick, thorough)),
        "what is usual is found sound step by step");
  holds(verdict == Verdict::kForward || verdict == Verdict::kPunt || is_drop(verdict),
        "classify says one of three things");
  if (verdict == Verdict::kForward) read_media(thorough, frame.size());
  if (verdict == Verdict::kPunt) read_punted(frame);
}

}  // namespace
}  // namespace mediaplane::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mediaplane::test;
  static Plane& plane = the_plane();
  constexpr std::size_t kLongest = 4096;
  if (size == 0 || size > kLongest) return 0;
  const unsigned choice = data[0];
  const auto length = size - 1;
  const std::unique_ptr<std::byte[]> bytes(new std::byte[length]);
  std::memcpy(bytes.get(), data + 1, length);
  const std::span<std::byte> frame(bytes.get(), length);
  if ((choice & kIpv4Sum) != 0) mend_ipv4(frame);
  if ((choice & kIcmpSum) != 0) mend_icmp(frame);
  read_frame(frame, choice, plane.shared());
  return 0;
}
