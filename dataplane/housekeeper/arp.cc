// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/arp.h"

namespace mediaplane {

void write_arp(std::byte* frame, std::uint16_t operation, const ArpParty& sender,
               const ArpParty& target, const MacAddress& to) {
  store(frame, EthernetHeader{to, sender.mac, be16(kEtherTypeArp)});
  ArpPacket arp{};
  arp.hardware_type = be16(kArpHardwareEthernet);
  arp.protocol_type = be16(kEtherTypeIpv4);
  arp.hardware_length = sizeof(MacAddress);
  arp.protocol_length = sizeof(Be32);
  arp.operation = be16(operation);
  arp.sender_mac = sender.mac;
  arp.sender_ip = sender.ip;
  arp.target_mac = target.mac;
  arp.target_ip = target.ip;
  store(frame + sizeof(EthernetHeader), arp);
}

std::optional<ArpPacket> read_arp(std::span<const std::byte> frame) {
  if (frame.size() < kArpFrameBytes) return std::nullopt;
  const auto ethernet = load<EthernetHeader>(frame.data());
  const auto arp = load<ArpPacket>(frame.data() + sizeof(EthernetHeader));
  const bool form = arp.hardware_type == be16(kArpHardwareEthernet) &&
                    arp.protocol_type == be16(kEtherTypeIpv4) &&
                    arp.hardware_length == sizeof(MacAddress) &&
                    arp.protocol_length == sizeof(Be32) &&
                    (arp.operation == be16(kArpRequest) || arp.operation == be16(kArpReply));
  const bool honest = arp.sender_mac == ethernet.source && !arp.sender_mac.is_multicast() &&
                      !arp.sender_mac.is_zero() && arp.sender_ip.host() >> 28 != 0xe &&
                      arp.sender_ip.raw != 0xffffffff;
  if (!form || !honest) return std::nullopt;
  return arp;
}

}  // namespace mediaplane
