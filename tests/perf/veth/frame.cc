// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/veth/frame.h"

#include "dataplane/net/headers.h"
#include "dataplane/net/rtp.h"

namespace mediaplane::veth {
namespace {

constexpr std::size_t kIpAt = sizeof(EthernetHeader);
constexpr std::size_t kUdpAt = kIpAt + sizeof(Ipv4Header);
constexpr std::size_t kRtpAt = kUdpAt + sizeof(UdpHeader);

// What stands first in the payload.
struct [[gnu::packed, gnu::may_alias]] Stamp {
  std::uint32_t magic;
  std::uint64_t time;
};
constexpr std::size_t kStampAt = kRtpAt + sizeof(RtpHeader);
constexpr std::uint32_t kMagic = 0x6c61626d;
constexpr std::uint16_t kSamplesOfPacket = 160;

}  // namespace

RtpFrame::RtpFrame(const Direction& direction, std::uint32_t ssrc) {
  bytes_.fill(std::byte{0xd5});
  auto* at = bytes_.data();
  store(at, EthernetHeader{direction.destination_mac, direction.source_mac, be16(kEtherTypeIpv4)});
  Ipv4Header ip{};
  ip.version_ihl = 0x45;
  ip.total_length = be16(kFrameBytes - kIpAt);
  ip.ttl = 64;
  ip.protocol = kProtocolUdp;
  ip.source = direction.source_ip;
  ip.destination = direction.destination_ip;
  store(at + kIpAt, ip);
  ip.checksum = checksum_of(sum_of_ipv4_header(at + kIpAt));
  store(at + kIpAt, ip);
  constexpr std::uint16_t kUdpLength = kFrameBytes - kUdpAt;
  store(at + kUdpAt,
        UdpHeader{direction.source_port, direction.destination_port, be16(kUdpLength), Be16{0}});
  store(at + kRtpAt, RtpHeader{0x80, 0, Be16{0}, Be32{0}, be32(ssrc)});
  store(at + kStampAt, Stamp{kMagic, 0});
  const auto addresses = sum_of(ip.source) + sum_of(ip.destination);
  constant_ = pseudo_header_sum(addresses, kProtocolUdp, kUdpLength) +
              sum_of(std::span<const std::byte>(bytes_).subspan(kUdpAt));
}

std::span<std::byte> RtpFrame::next(std::uint64_t time) {
  auto& rtp = edit<RtpHeader>(bytes_.data() + kRtpAt);
  rtp.sequence = be16(sequence_);
  rtp.timestamp = be32(std::uint32_t{sequence_} * kSamplesOfPacket);
  ++sequence_;
  edit<Stamp>(bytes_.data() + kStampAt).time = time;
  // The stamp lies at an even place, so its halves are words as they are.
  const auto changed =
      sum_of(rtp.sequence) + sum_of(rtp.timestamp) + (time & 0xffffffff) + (time >> 32);
  edit<UdpHeader>(bytes_.data() + kUdpAt).checksum =
      as_udp_checksum(checksum_of(constant_ + changed));
  return bytes_;
}

std::optional<std::uint64_t> sending_time(std::span<const std::byte> frame) {
  if (frame.size() < kStampAt + sizeof(Stamp)) return std::nullopt;
  const auto& stamp = view<Stamp>(frame.data() + kStampAt);
  if (stamp.magic != kMagic) return std::nullopt;
  return stamp.time;
}

}  // namespace mediaplane::veth
