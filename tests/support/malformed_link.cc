// SPDX-License-Identifier: BSD-2-Clause
// Malformed Ethernet and ARP.
#include "tests/support/malformed.h"

namespace mediaplane::test {
namespace {

constexpr MacAddress kStranger{{0x02, 0, 0, 0, 0, 0x66}};

Edit destination(const MacAddress& mac) {
  return ethernet([mac](auto& e) { e.destination = mac; });
}

Edit arp(std::function<void(ArpPacket&)> change) {
  return header_at<ArpPacket>(sizeof(EthernetHeader), std::move(change));
}

// Tags between the MACs and the EtherType.
Edit tagged(std::size_t tags) {
  return [tags](Frame& frame) {
    for (std::size_t i = 0; i < tags; ++i) {
      const std::byte tag[] = {std::byte{0x81}, {}, {}, std::byte{42}};
      frame.insert(frame.begin() + 12, std::begin(tag), std::end(tag));
    }
  };
}

Edit cut_tag(std::size_t length) {
  return [length](Frame& frame) {
    tagged(1)(frame);
    frame.resize(length);
  };
}

// A party that is nobody's neighbour yet.
Edit from_stranger(std::function<void(ArpPacket&)> change) {
  return [change](Frame& frame) {
    ethernet([](auto& e) { e.source = kStranger; })(frame);
    arp([&](auto& a) {
      a.sender_mac = kStranger;
      a.sender_ip = ipv4("198.18.0.66");
      change(a);
    })(frame);
  };
}

}  // namespace

std::vector<MalformedRow> ethernet_rows() {
  return {
      {"no bytes at all", good_media, cut_to(0), "short_frame"},
      {"1 byte", good_media, cut_to(1), "short_frame"},
      {"6 bytes", good_media, cut_to(6), "short_frame"},
      {"13 bytes", good_media, cut_to(13), "short_frame"},
      {"Ethernet header alone", good_media, cut_to(14), "short_frame"},
      {"EtherType 0", good_media, ether_type(0), "other_ether_type"},
      {"802.3 length", good_media, ether_type(0x05ff), "other_ether_type"},
      {"EtherType 0xffff", good_media, ether_type(0xffff), "other_ether_type"},
      {"LLDP", good_media, ether_type(0x88cc), "other_ether_type"},
      {"IPv6 says the EtherType, IPv4 the rest", good_media, ether_type(kEtherTypeIpv6), "ipv6"},
      {"multicast source", good_media, ethernet([](auto& e) { e.source.bytes[0] |= 1; }),
       "bad_source_mac"},
      {"broadcast source", good_media, ethernet([](auto& e) { e.source = kBroadcastMac; }),
       "bad_source_mac"},
      {"another station's", good_media, destination(kStranger), "not_our_mac"},
      {"broadcast media", good_media, destination(kBroadcastMac), "multicast"},
      {"multicast media", good_media, destination({{1, 0, 0x5e, 0, 0, 1}}), "multicast"},
      {"IPv6 media to a group's MAC", good_media6, destination({{0x33, 0x33, 0, 0, 0, 1}}),
       "multicast"},
      {"VLAN tag", good_media, tagged(1), "vlan_tag"},
      {"two VLAN tags", good_media, tagged(2), "vlan_tag"},
      {"three VLAN tags", good_media, tagged(3), "vlan_tag"},
      {"VLAN tag cut after its type", good_media, cut_tag(14), "vlan_tag"},
      {"VLAN tag cut in the middle", good_media, cut_tag(15), "vlan_tag"},
      {"VLAN tag and nothing behind it", good_media, cut_tag(18), "vlan_tag"},
      {"QinQ", good_media, ether_type(0x88a8), "other_ether_type"},
  };
}

std::vector<MalformedRow> arp_rows() {
  return {
      {"ARP cut by a byte", good_arp, cut_to(41), "short_frame"},
      {"ARP header alone", good_arp, cut_to(22), "short_frame"},
      {"ARP of other hardware", good_arp, arp([](auto& a) { a.hardware_type = be16(6); }),
       "bad_arp"},
      {"ARP of another protocol", good_arp, arp([](auto& a) { a.protocol_type = be16(0x86dd); }),
       "bad_arp"},
      {"ARP with MACs of 8 bytes", good_arp, arp([](auto& a) { a.hardware_length = 8; }),
       "bad_arp"},
      {"ARP with addresses of 16 bytes", good_arp, arp([](auto& a) { a.protocol_length = 16; }),
       "bad_arp"},
      {"ARP with lengths of 0", good_arp,
       arp([](auto& a) { a.hardware_length = a.protocol_length = 0; }), "bad_arp"},
      {"ARP operation 0", good_arp, arp([](auto& a) { a.operation = be16(0); }), "bad_arp"},
      {"ARP operation 3", good_arp, arp([](auto& a) { a.operation = be16(3); }), "bad_arp"},
      {"ARP operation 65535", good_arp, arp([](auto& a) { a.operation = be16(65535); }), "bad_arp"},
      {"ARP in another's name", good_arp, arp([](auto& a) { a.sender_mac = kStranger; }),
       "bad_arp"},
      {"ARP from a null MAC", good_arp,
       [](Frame& f) {
         ethernet([](auto& e) { e.source = {}; })(f);
         arp([](auto& a) { a.sender_mac = {}; })(f);
       },
       "bad_arp"},
      {"ARP from a multicast address", good_arp,
       arp([](auto& a) { a.sender_ip = ipv4("224.0.0.1"); }), "bad_arp"},
      {"ARP from everybody", good_arp, arp([](auto& a) { a.sender_ip = be32(0xffffffff); }),
       "bad_arp"},
      {"ARP with our address as sender", good_arp,
       arp([](auto& a) { a.sender_ip = ipv4("198.18.0.1"); }), "address_conflict"},
      {"ARP for somebody else", good_arp, arp([](auto& a) { a.target_ip = ipv4("198.18.0.99"); }),
       "arp_not_for_us"},
      {"ARP probe for our address", good_arp, arp([](auto& a) { a.sender_ip = Be32{0}; }),
       "answered"},
      {"ARP announcement of a stranger", good_arp,
       from_stranger([](auto& a) { a.target_ip = a.sender_ip; }), "consumed"},
      {"ARP answer that nobody asked for", good_arp,
       from_stranger([](auto& a) { a.operation = be16(kArpReply); }), "consumed"},
      {"ARP question with padding", good_arp, [](Frame& f) { f.resize(60); }, "answered"},
      {"ARP to another station's MAC", good_arp, destination(kStranger), "not_our_mac"},
      {"ARP to a group's MAC", good_arp, destination({{1, 0, 0x5e, 0, 0, 1}}), "multicast"},
  };
}

}  // namespace mediaplane::test
