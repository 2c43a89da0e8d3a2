// SPDX-License-Identifier: BSD-2-Clause
// Payloads that are no RTP, or no RTCP: all are relayed as they are, as nobody but the parties
// needs to understand them.
#include "tests/support/malformed.h"

namespace mediaplane::test {
namespace {

// Changes the payload, and makes all lengths and checksums right again.
Edit payload(std::function<void(std::vector<std::byte>&)> change) {
  return [change](Frame& frame) {
    const auto at = static_cast<std::ptrdiff_t>(udp_offset_of(frame));
    const auto udp = load<UdpHeader>(frame.data() + at);
    UdpSpec spec;
    spec.source_port = udp.source_port.host();
    spec.destination_port = udp.destination_port.host();
    spec.payload.assign(frame.begin() + at + 8, frame.end());
    change(spec.payload);
    frame = udp_frame(spec);
  };
}

Edit byte(std::size_t at, unsigned value) {
  return payload([=](auto& bytes) { bytes[at] = static_cast<std::byte>(value); });
}

Edit cut(std::size_t length) {
  return payload([=](auto& bytes) { bytes.resize(length); });
}

// Padding that says it has so many bytes.
Edit padding(unsigned bytes_said) {
  return payload([=](auto& bytes) {
    bytes[0] = std::byte{0xa0};
    bytes.back() = static_cast<std::byte>(bytes_said);
  });
}

Edit extension(std::uint16_t words) {
  return payload([=](auto& bytes) {
    bytes[0] = std::byte{0x90};
    store(bytes.data() + 14, be16(words));
  });
}

// Nothing that begins with this byte is RTP.
Edit begins_with(unsigned value) { return byte(0, value); }

}  // namespace

std::vector<MalformedRow> rtp_rows() {
  return {
      {"RTP of 11 bytes", good_media, cut(11), "forward"},
      {"RTP of 12 bytes", good_media, cut(12), "forward"},
      {"RTP version 0", good_media, byte(0, 0x00), "forward"},
      {"RTP version 1", good_media, byte(0, 0x40), "forward"},
      {"RTP version 3", good_media, byte(0, 0xc0), "forward"},
      {"15 contributors, cut", good_media, payload([](auto& bytes) {
         bytes[0] = std::byte{0x8f};
         bytes.resize(40);
       }),
       "forward"},
      {"RTP extension beyond the packet", good_media, extension(0xffff), "forward"},
      {"RTP extension of the rest", good_media, extension(39), "forward"},
      {"RTP extension cut within its header", good_media, payload([](auto& bytes) {
         bytes[0] = std::byte{0x90};
         bytes.resize(14);
       }),
       "forward"},
      {"RTP padding of 0", good_media, padding(0), "forward"},
      {"RTP padding that is the payload", good_media, padding(160), "forward"},
      {"RTP padding beyond the payload", good_media, padding(161), "forward"},
      {"RTP padding of 255", good_media, padding(255), "forward"},
      {"payload type 72", good_media, byte(1, 72), "forward"},
      {"payload type 76, marked", good_media, byte(1, 0x80 | 76), "forward"},
      {"sequence number 65535", good_media,
       payload([](auto& bytes) { store(bytes.data() + 2, be16(65535)); }), "forward"},
      {"timestamp that jumps", good_media,
       payload([](auto& bytes) { store(bytes.data() + 4, be32(~0U)); }), "forward"},
      {"SSRC 0", good_media, payload([](auto& bytes) { store(bytes.data() + 8, Be32{0}); }),
       "forward"},
      {"STUN", good_media, begins_with(0), "forward"},
      {"ZRTP", good_media, begins_with(16), "forward"},
      {"DTLS", good_media, begins_with(22), "forward"},
      {"TURN channel", good_media, begins_with(0x40), "forward"},
      {"T.38", good_media, payload([](auto& bytes) {
         bytes = {{}, std::byte{1}, std::byte{6}, {}, {}};
       }),
       "forward"},
  };
}

std::vector<MalformedRow> rtcp_rows() {
  return {
      {"RTCP of 3 bytes", good_rtcp, cut(3), "forward"},
      {"RTCP of 7 bytes", good_rtcp, cut(7), "forward"},
      {"RTCP without a byte", good_rtcp, cut(0), "forward"},
      {"RTCP length beyond the packet", good_rtcp,
       payload([](auto& bytes) { store(bytes.data() + 2, be16(0xffff)); }), "forward"},
      {"second RTCP packet beyond the datagram", good_rtcp,
       payload([](auto& bytes) { store(bytes.data() + 10, be16(200)); }), "forward"},
      {"RTCP that begins with no report", good_rtcp, byte(1, 202), "forward"},
      {"RTCP of an unknown type", good_rtcp, byte(1, 250), "forward"},
      {"RTCP goodbye", good_rtcp, byte(1, 203), "forward"},
      {"31 report blocks that are not there", good_rtcp, byte(0, 0x9f), "forward"},
      {"RTCP padding that is not last", good_rtcp, byte(0, 0xa0), "forward"},
      {"RTCP version 1", good_rtcp, byte(0, 0x40), "forward"},
      {"RTCP on the RTP port", good_media, byte(1, 200), "forward"},
      {"RTP on the RTCP port", good_rtcp, byte(1, 0), "forward"},
  };
}

}  // namespace mediaplane::test
