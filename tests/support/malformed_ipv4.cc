// SPDX-License-Identifier: BSD-2-Clause
// Malformed IPv4.
#include "tests/support/malformed.h"

namespace mediaplane::test {
namespace {

Edit ip(std::function<void(Ipv4Header&)> change) {
  return [change](Frame& frame) {
    header_at<Ipv4Header>(kIpAt, change)(frame);
    seal_ipv4(frame);
  };
}

Edit version_ihl(std::uint8_t value) {
  return ip([value](auto& h) { h.version_ihl = value; });
}

Edit total_length(std::uint16_t value) {
  return ip([value](auto& h) { h.total_length = be16(value); });
}

Edit total_length_by(int difference) {
  return ip([difference](auto& h) {
    h.total_length = be16(static_cast<std::uint16_t>(h.total_length.host() + difference));
  });
}

Edit fragment(std::uint16_t value) {
  return ip([value](auto& h) { h.fragment = be16(value); });
}

Edit source(const char* address) {
  return ip([address](auto& h) { h.source = ipv4(address); });
}

Edit destination(const char* address) {
  return ip([address](auto& h) { h.destination = ipv4(address); });
}

// Options of IPv4, padded to a multiple of 4 bytes with zeros.
Edit options(std::vector<unsigned> bytes) {
  return [bytes](Frame& frame) {
    std::vector<std::byte> added((bytes.size() + 3) / 4 * 4);
    for (std::size_t i = 0; i < bytes.size(); ++i) added[i] = static_cast<std::byte>(bytes[i]);
    frame.insert(frame.begin() + kIpAt + 20, added.begin(), added.end());
    ip([&](auto& h) {
      h.version_ihl = static_cast<std::uint8_t>(h.version_ihl + added.size() / 4);
      h.total_length = be16(static_cast<std::uint16_t>(h.total_length.host() + added.size()));
    })(frame);
  };
}

// The header says that it is longer than the whole packet.
void header_beyond_packet(Frame& frame) {
  frame.resize(kIpAt + 24);
  ip([](auto& h) {
    h.version_ihl = 0x4f;
    h.total_length = be16(24);
  })(frame);
}

std::vector<MalformedRow> header_rows() {
  return {
      {"19 bytes of IPv4 header", good_media, cut_to(kIpAt + 19), "short_frame"},
      {"IPv4 version 5", good_media, version_ihl(0x55), "bad_ipv4_header"},
      {"IPv4 version 6", good_media, version_ihl(0x65), "bad_ipv4_header"},
      {"IPv4 version 0", good_media, version_ihl(0x05), "bad_ipv4_header"},
      {"IPv4 header length 0", good_media, version_ihl(0x40), "bad_ipv4_header"},
      {"IPv4 header length 1", good_media, version_ihl(0x41), "bad_ipv4_header"},
      {"IPv4 header length 2", good_media, version_ihl(0x42), "bad_ipv4_header"},
      {"IPv4 header length 3", good_media, version_ihl(0x43), "bad_ipv4_header"},
      {"IPv4 header length 4", good_media, version_ihl(0x44), "bad_ipv4_header"},
      {"IPv4 header longer than the packet", good_media, header_beyond_packet, "bad_ipv4_length"},
      {"IPv4 total length 0", good_media, total_length(0), "bad_ipv4_length"},
      {"IPv4 total length 19", good_media, total_length(19), "bad_ipv4_length"},
      {"IPv4 total length of the header alone", good_media, total_length(20), "bad_udp_length"},
      {"IPv4 total length beyond the frame", good_media, total_length_by(1), "bad_ipv4_length"},
      {"IPv4 total length 65535", good_media, total_length(65535), "bad_ipv4_length"},
      {"IPv4 frame cut by a byte", good_media, [](Frame& f) { f.pop_back(); }, "bad_ipv4_length"},
      {"wrong IPv4 header checksum", good_media, [](Frame& f) { f[kIpAt + 10] ^= std::byte{1}; },
       "bad_ipv4_checksum"},
      {"IPv4 header checksum 0", good_media,
       [](Frame& f) { store(f.data() + kIpAt + 10, Be16{0}); }, "bad_ipv4_checksum"},
      {"IPv4 TTL 0", good_media, ip([](auto& h) { h.ttl = 0; }), "ttl_expired"},
      {"IPv4 TTL 1", good_media, ip([](auto& h) { h.ttl = 1; }), "forward"},
      {"evil bit", good_media, fragment(0x8000), "forward"},
      {"do not fragment", good_media, fragment(0x4000), "forward"},
      {"padding behind the packet", good_media, [](Frame& f) { f.resize(f.size() + 46); },
       "forward"},
      {"TCP", good_media, ip([](auto& h) { h.protocol = 6; }), "other_protocol"},
      {"protocol 0", good_media, ip([](auto& h) { h.protocol = 0; }), "other_protocol"},
      {"protocol 255", good_media, ip([](auto& h) { h.protocol = 255; }), "other_protocol"},
      {"IGMP", good_media, ip([](auto& h) { h.protocol = 2; }), "other_protocol"},
  };
}

std::vector<MalformedRow> address_rows() {
  return {
      {"from 0.0.0.0", good_media, source("0.0.0.0"), "bad_ipv4_source"},
      {"from 0.1.2.3", good_media, source("0.1.2.3"), "bad_ipv4_source"},
      {"from 255.255.255.255", good_media, source("255.255.255.255"), "bad_ipv4_source"},
      {"from 240.0.0.1", good_media, source("240.0.0.1"), "bad_ipv4_source"},
      {"from loopback", good_media, source("127.0.0.1"), "bad_ipv4_source"},
      {"from a multicast address", good_media, source("224.0.0.5"), "bad_ipv4_source"},
      {"from our own address", good_media, source("198.18.0.1"), "own_address"},
      {"from our address on the other port", good_media, source("10.0.0.1"), "own_address"},
      {"to the subnet's broadcast", good_media, destination("198.18.0.255"), "multicast"},
      {"to everybody", good_media, destination("255.255.255.255"), "multicast"},
      {"to a group", good_media, destination("239.1.2.3"), "multicast"},
      {"to somebody else", good_media, destination("198.18.0.2"), "not_our_address"},
      {"to our address on the other port", good_media, destination("10.0.0.1"), "not_our_address"},
  };
}

// Options are cut off unread: whatever they say, they can do nothing.
std::vector<MalformedRow> option_rows() {
  return {
      {"record route", good_media, options({7, 7, 4, 0, 0, 0, 0}), "forward"},
      {"timestamp", good_media, options({68, 8, 5, 0, 0, 0, 0, 0}), "forward"},
      {"strict source route", good_media, options({137, 7, 4, 198, 18, 0, 99}), "forward"},
      {"loose source route", good_media, options({131, 7, 4, 198, 18, 0, 99}), "forward"},
      {"option of length 0", good_media, options({7, 0, 4, 0}), "forward"},
      {"option of length 1", good_media, options({7, 1, 4, 0}), "forward"},
      {"option beyond the header", good_media, options({7, 200, 4, 0}), "forward"},
      {"40 bytes of options", good_media, options(std::vector<unsigned>(40, 1)), "forward"},
  };
}

// So many bytes of its datagram's, which has a number of its own.
Edit fragment(std::uint16_t id, std::uint16_t field, std::uint16_t bytes) {
  return [=](Frame& frame) {
    frame.resize(kIpAt + sizeof(Ipv4Header) + bytes);
    ip([=](auto& h) {
      h.total_length = be16(static_cast<std::uint16_t>(sizeof h + bytes));
      h.id = be16(id);
      h.fragment = be16(field);
    })(frame);
  };
}

std::vector<MalformedRow> fragment_rows() {
  return {
      {"first fragment", good_media, fragment(1, 0x2000, 176), "held"},
      {"middle fragment", good_media, fragment(2, 0x2010, 176), "held"},
      {"last fragment", good_media, fragment(3, 0x0010, 180), "held"},
      {"last fragment of a byte", good_media, fragment(4, 0x0010, 1), "held"},
      {"fragment that may not be one", good_media, fragment(5, 0x6000, 176), "held"},
      {"evil fragment", good_media, fragment(6, 0xa000, 176), "held"},
      {"fragment that ends within 8 bytes", good_media, fragment(7, 0x2000, 180), "fragment_bad"},
      {"fragment of 8 bytes", good_media, fragment(8, 0x2000, 8), "fragment_bad"},
      {"fragment of 56 bytes", good_media, fragment(9, 0x2000, 56), "fragment_bad"},
      {"fragment without a byte", good_media, fragment(10, 0x2001, 0), "fragment_bad"},
      {"last fragment without a byte", good_media, fragment(11, 0x0010, 0), "fragment_bad"},
      {"fragment beyond 65535", good_media, fragment(12, 0x1fff, 180), "fragment_bad"},
      {"fragment beyond 65535, and more to come", good_media, fragment(13, 0x3fff, 176),
       "fragment_bad"},
      {"fragment to 65535", good_media, fragment(14, 0x1fff, 7), "fragment_too_long"},
      {"fragment beyond what is put together", good_media, fragment(15, 0x2000 + 9224 / 8, 176),
       "fragment_too_long"},
      {"fragment of TCP", good_media,
       [](Frame& f) {
         fragment(16, 0x2000, 176)(f);
         ip([](auto& h) { h.protocol = 6; })(f);
       },
       "fragment"},
      {"fragment of a ping", good_media,
       [](Frame& f) {
         fragment(17, 0x2000, 176)(f);
         ip([](auto& h) { h.protocol = 1; })(f);
       },
       "fragment"},
      {"fragment with TTL 0", good_media,
       [](Frame& f) {
         fragment(18, 0x2000, 176)(f);
         ip([](auto& h) { h.ttl = 0; })(f);
       },
       "ttl_expired"},
      {"fragment from our own address", good_media,
       [](Frame& f) {
         fragment(19, 0x2000, 176)(f);
         source("198.18.0.1")(f);
       },
       "own_address"},
      {"fragment of somebody else's", good_media,
       [](Frame& f) {
         fragment(20, 0x2000, 176)(f);
         destination("198.18.0.2")(f);
       },
       "not_our_address"},
  };
}

}  // namespace

std::vector<MalformedRow> ipv4_rows() {
  auto all = header_rows();
  for (const auto& rows : {address_rows(), option_rows(), fragment_rows()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

}  // namespace mediaplane::test
