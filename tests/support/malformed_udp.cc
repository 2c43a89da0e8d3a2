// SPDX-License-Identifier: BSD-2-Clause
// Malformed UDP over both families.
#include "tests/support/malformed.h"

namespace mediaplane::test {
namespace {

constexpr std::size_t kUdpAt = kIpAt + sizeof(Ipv4Header);
constexpr std::size_t kUdp6At = kIpAt + sizeof(Ipv6Header);

// The UDP checksum stays right.
Edit ports(std::uint16_t source, std::uint16_t destination) {
  return [=](Frame& frame) {
    header_at<UdpHeader>(udp_offset_of(frame), [&](auto& h) {
      h.source_port = be16(source);
      h.destination_port = be16(destination);
    })(frame);
    seal(frame);
  };
}

Edit length(std::uint16_t value) {
  return [value](Frame& frame) {
    header_at<UdpHeader>(udp_offset_of(frame), [&](auto& h) { h.length = be16(value); })(frame);
  };
}

Edit length_by(int difference) {
  return [difference](Frame& frame) {
    const auto at = udp_offset_of(frame);
    const auto old = load<UdpHeader>(frame.data() + at).length.host();
    length(static_cast<std::uint16_t>(old + difference))(frame);
  };
}

Edit checksum(std::uint16_t value) {
  return [value](Frame& frame) {
    header_at<UdpHeader>(udp_offset_of(frame), [&](auto& h) { h.checksum = be16(value); })(frame);
  };
}

// The packet ends after so many bytes of the UDP header.
Edit header_cut_to(std::size_t bytes) {
  return [bytes](Frame& frame) {
    frame.resize(kUdpAt + bytes);
    header_at<Ipv4Header>(kIpAt, [&](Ipv4Header& h) {
      h.total_length = be16(static_cast<std::uint16_t>(sizeof h + bytes));
    })(frame);
    seal_ipv4(frame);
  };
}

// A sound datagram with so many bytes of payload.
Edit payload_of(std::size_t bytes) {
  return [bytes](Frame& frame) {
    UdpSpec spec;
    spec.payload.assign(bytes, std::byte{0x80});
    frame = udp_frame(spec);
  };
}

// UDP says less than IP does; the checksum is that of what UDP says.
void shorter_than_ip(Frame& frame) {
  length_by(-20)(frame);
  seal(frame);
}

}  // namespace

std::vector<MalformedRow> udp_rows() {
  return {
      {"no byte of UDP header", good_media, header_cut_to(0), "bad_udp_length"},
      {"1 byte of UDP header", good_media, header_cut_to(1), "bad_udp_length"},
      {"4 bytes of UDP header", good_media, header_cut_to(4), "bad_udp_length"},
      {"7 bytes of UDP header", good_media, header_cut_to(7), "bad_udp_length"},
      {"UDP header that says more", good_media, header_cut_to(8), "bad_udp_length"},
      {"UDP length 0", good_media, length(0), "bad_udp_length"},
      {"UDP length 7", good_media, length(7), "bad_udp_length"},
      {"UDP length 65535", good_media, length(65535), "bad_udp_length"},
      {"UDP length beyond the packet", good_media, length_by(1), "bad_udp_length"},
      {"UDP length shorter than the packet", good_media, shorter_than_ip, "forward"},
      {"no UDP checksum", good_media, checksum(0), "forward"},
      {"wrong UDP checksum", good_media, checksum(0x1234), "forward"},
      {"UDP checksum 0xffff", good_media, checksum(0xffff), "forward"},
      {"UDP source port 0", good_media, ports(0, 35000), "bad_udp_port"},
      {"UDP destination port 0", good_media, ports(4000, 0), "no_session"},
      {"UDP destination port of nobody", good_media, ports(4000, 34998), "no_session"},
      {"UDP destination port 65535", good_media, ports(4000, 65535), "no_session"},
      {"from another UDP port", good_media, ports(4666, 35000), "source_mismatch"},
      {"no payload", good_media, payload_of(0), "forward"},
      {"1 byte of payload", good_media, payload_of(1), "forward"},
      {"as much payload as fits", good_media, payload_of(1472), "forward"},
      {"a byte more than the MTU, not to be split", good_media,
       [](Frame& f) {
         payload_of(1473)(f);
         header_at<Ipv4Header>(kIpAt, [](Ipv4Header& h) { h.fragment = be16(0x4000); })(f);
         seal_ipv4(f);
       },
       "too_big"},
      {"UDP length 0 over IPv6", good_media6, length(0), "bad_udp_length"},
      {"UDP length 7 over IPv6", good_media6, length(7), "bad_udp_length"},
      {"UDP length beyond the IPv6 packet", good_media6, length_by(1), "bad_udp_length"},
      {"UDP length shorter than the IPv6 packet", good_media6, shorter_than_ip, "forward"},
      {"no UDP checksum over IPv6", good_media6, checksum(0), "no_udp_checksum"},
      {"wrong UDP checksum over IPv6", good_media6, checksum(0x1234), "forward"},
      {"UDP source port 0 over IPv6", good_media6, ports(0, 35000), "bad_udp_port"},
      {"UDP destination port 0 over IPv6", good_media6, ports(4000, 0), "no_session"},
      {"IPv6 packet cut within the UDP header", good_media6,
       [](Frame& f) {
         f.resize(kUdp6At + 7);
         header_at<Ipv6Header>(kIpAt, [](Ipv6Header& h) { h.payload_length = be16(7); })(f);
       },
       "bad_udp_length"},
  };
}

}  // namespace mediaplane::test
