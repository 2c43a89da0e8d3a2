// SPDX-License-Identifier: BSD-2-Clause
// Malformed IPv6.
#include "tests/support/malformed.h"

namespace mediaplane::test {
namespace {

constexpr std::size_t kBehind = kIpAt + sizeof(Ipv6Header);
constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kFragmentHeader = 44;
constexpr std::uint8_t kOptions = 60;

Edit ip(std::function<void(Ipv6Header&)> change) {
  return header_at<Ipv6Header>(kIpAt, std::move(change));
}

Edit source(const char* address) {
  return ip([address](auto& h) { h.source = parse_ip(address)->bytes; });
}

Edit destination(const char* address) {
  return ip([address](auto& h) { h.destination = parse_ip(address)->bytes; });
}

Edit next_header(std::uint8_t protocol) {
  return ip([protocol](auto& h) { h.next_header = protocol; });
}

Edit payload_length(std::uint16_t length) {
  return ip([length](auto& h) { h.payload_length = be16(length); });
}

Edit payload_length_by(int difference) {
  return ip([difference](auto& h) {
    h.payload_length = be16(static_cast<std::uint16_t>(h.payload_length.host() + difference));
  });
}

// Headers of 8 bytes before the UDP header. The four bytes behind next header and length are
// `words`', in order.
Edit extended(std::vector<std::uint8_t> types, std::vector<std::uint32_t> words = {}) {
  return [types, words](Frame& frame) {
    std::vector<std::byte> chain(types.size() * 8);
    for (std::size_t i = 0; i < types.size(); ++i) {
      chain[i * 8] = std::byte{i + 1 < types.size() ? types[i + 1] : kProtocolUdp};
      if (i < words.size()) store(chain.data() + i * 8 + 2, be32(words[i]));
    }
    frame.insert(frame.begin() + kBehind, chain.begin(), chain.end());
    next_header(types.front())(frame);
    payload_length_by(static_cast<int>(chain.size()))(frame);
  };
}

// One destination options header that says it has so many units of 8 bytes more.
Edit extension_of(std::uint8_t units) {
  return [units](Frame& frame) {
    extended({kOptions})(frame);
    frame[kBehind + 1] = std::byte{units};
  };
}

Edit hop_limit(std::uint8_t value) {
  return ip([value](auto& h) { h.hop_limit = value; });
}

std::vector<MalformedRow> header_rows() {
  return {
      {"39 bytes of IPv6 header", good_media6, cut_to(kBehind - 1), "short_frame"},
      {"IPv6 version 4", good_media6, ip([](auto& h) { h.version_class_flow = be32(4U << 28); }),
       "bad_ipv6_header"},
      {"IPv6 version 0", good_media6, ip([](auto& h) { h.version_class_flow = be32(0); }),
       "bad_ipv6_header"},
      {"IPv6 version 15", good_media6, ip([](auto& h) { h.version_class_flow = be32(~0U); }),
       "bad_ipv6_header"},
      {"any traffic class and flow label", good_media6,
       ip([](auto& h) { h.version_class_flow = be32(0x6fffffff); }), "forward"},
      {"IPv6 payload length 0", good_media6, payload_length(0), "bad_udp_length"},
      {"IPv6 payload of 7 bytes", good_media6, payload_length(7), "bad_udp_length"},
      {"IPv6 payload beyond the frame", good_media6, payload_length_by(1), "bad_ipv6_length"},
      {"IPv6 payload of 65535 bytes", good_media6, payload_length(65535), "bad_ipv6_length"},
      {"IPv6 payload shorter than UDP says", good_media6, payload_length_by(-1), "bad_udp_length"},
      {"padding behind the IPv6 packet", good_media6, [](Frame& f) { f.resize(f.size() + 8); },
       "forward"},
      {"hop limit 0", good_media6, hop_limit(0), "ttl_expired"},
      {"hop limit 1", good_media6, hop_limit(1), "forward"},
      {"from nobody", good_media6, source("::"), "bad_ipv6_source"},
      {"from ::1", good_media6, source("::1"), "bad_ipv6_source"},
      {"from an IPv6 group", good_media6, source("ff02::1"), "bad_ipv6_source"},
      {"from a mapped IPv4 address", good_media6, source("::ffff:192.0.2.1"), "bad_ipv6_source"},
      {"from our own IPv6 address", good_media6, source("2001:db8::1"), "own_address"},
      {"to all nodes", good_media6, destination("ff02::1"), "multicast"},
      {"to an IPv6 group", good_media6, destination("ff0e::101"), "multicast"},
      {"to somebody else's IPv6 address", good_media6, destination("2001:db8::2"),
       "not_our_address"},
  };
}

std::vector<MalformedRow> extension_rows() {
  return {
      {"1 extension header", good_media6, extended({kOptions}), "forward"},
      {"4 extension headers", good_media6, extended({kHopByHop, kOptions, kRouting, kOptions}),
       "forward"},
      {"5 extension headers", good_media6,
       extended({kHopByHop, kOptions, kRouting, kOptions, kOptions}), "bad_ipv6_extension"},
      {"50 extension headers", good_media6, extended(std::vector<std::uint8_t>(50, kOptions)),
       "bad_ipv6_extension"},
      {"hop-by-hop options that are not first", good_media6, extended({kOptions, kHopByHop}),
       "bad_ipv6_extension"},
      {"hop-by-hop options twice", good_media6, extended({kHopByHop, kHopByHop}),
       "bad_ipv6_extension"},
      {"routing header of type 0, at its end", good_media6, extended({kRouting}), "forward"},
      {"routing header of type 0, on its way", good_media6, extended({kRouting}, {0x00010000}),
       "bad_ipv6_extension"},
      {"extension of 2048 bytes", good_media6, extension_of(255), "bad_ipv6_extension"},
      {"extension beyond the packet", good_media6, extension_of(30), "bad_ipv6_extension"},
      {"extension that takes the UDP header in", good_media6, extension_of(1), "bad_udp_length"},
      {"extension cut after 7 bytes", good_media6,
       [](Frame& f) {
         extended({kOptions})(f);
         payload_length(7)(f);
       },
       "bad_ipv6_extension"},
      {"nothing behind the extension", good_media6,
       [](Frame& f) {
         extended({kOptions})(f);
         payload_length(8)(f);
       },
       "bad_udp_length"},
      {"jumbo payload", good_media6,
       [](Frame& f) {
         extended({kHopByHop}, {0xc2040001})(f);
         payload_length(0)(f);
       },
       "bad_ipv6_extension"},
      {"no next header", good_media6, next_header(59), "other_protocol"},
      {"ESP", good_media6, next_header(50), "other_protocol"},
      {"AH", good_media6, next_header(51), "other_protocol"},
      {"next header 255", good_media6, next_header(255), "other_protocol"},
      {"ICMP of IPv4 over IPv6", good_media6, next_header(1), "other_protocol"},
  };
}

// So many bytes of a datagram's, which has a number of its own.
Edit fragment(std::uint8_t id, std::uint16_t field, std::uint16_t bytes) {
  return [=](Frame& frame) {
    extended({kFragmentHeader}, {std::uint32_t{field} << 16})(frame);
    frame[kBehind + 7] = std::byte{id};
    frame.resize(kBehind + 8 + bytes);
    payload_length(static_cast<std::uint16_t>(8 + bytes))(frame);
  };
}

std::vector<MalformedRow> fragment_rows() {
  return {
      {"first IPv6 fragment", good_media6, fragment(1, 0x0001, 176), "held"},
      {"middle IPv6 fragment", good_media6, fragment(2, 0x0081, 176), "held"},
      {"last IPv6 fragment", good_media6, fragment(3, 0x0080, 180), "held"},
      {"IPv6 fragment that ends within 8 bytes", good_media6, fragment(4, 0x0001, 180),
       "fragment_bad"},
      {"IPv6 fragment of 8 bytes", good_media6, fragment(5, 0x0001, 8), "fragment_bad"},
      {"IPv6 fragment without a byte", good_media6, fragment(6, 0x0081, 0), "fragment_bad"},
      {"IPv6 fragment beyond 65535", good_media6, fragment(7, 0xfff8, 180), "fragment_bad"},
      {"IPv6 fragment to 65535", good_media6, fragment(8, 0xfff8, 7), "fragment_too_long"},
      {"IPv6 fragment behind options", good_media6,
       [](Frame& f) {
         f.resize(f.size() - 4);
         payload_length_by(-4)(f);
         extended({kHopByHop, kFragmentHeader}, {0, 0x00010000})(f);
       },
       "held"},
      {"fragment header cut", good_media6,
       [](Frame& f) {
         extended({kFragmentHeader})(f);
         payload_length(7)(f);
       },
       "bad_ipv6_extension"},
      {"IPv6 fragment of TCP", good_media6,
       [](Frame& f) {
         fragment(9, 0x0001, 176)(f);
         f[kBehind] = std::byte{6};
       },
       "fragment"},
      {"IPv6 fragment of somebody else's", good_media6,
       [](Frame& f) {
         fragment(10, 0x0001, 176)(f);
         destination("2001:db8::2")(f);
       },
       "not_our_address"},
      {"fragment header of a whole packet", good_media6, extended({kFragmentHeader}), "forward"},
      {"fragment header of a whole packet of TCP", good_media6,
       [](Frame& f) {
         extended({kFragmentHeader})(f);
         f[kBehind] = std::byte{6};
       },
       "other_protocol"},
  };
}

}  // namespace

std::vector<MalformedRow> ipv6_rows() {
  auto all = header_rows();
  for (const auto& rows : {extension_rows(), fragment_rows()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

}  // namespace mediaplane::test
