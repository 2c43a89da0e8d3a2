// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/discovery.h"

#include "dataplane/housekeeper/arp.h"
#include "dataplane/housekeeper/nd.h"

namespace mediaplane {
namespace {

static_assert(kArpFrameBytes <= kMaxDiscoveryBytes && kMaxNdFrameBytes <= kMaxDiscoveryBytes);

ArpParty party(const Station& station) { return {station.mac, station.ip.ipv4()}; }

bool is_ipv4(const Station& station) { return station.ip.family == IpFamily::kIpv4; }

}  // namespace

std::uint16_t write_question(std::byte* frame, const Station& us, const IpAddress& target,
                             const MacAddress* known) {
  if (!is_ipv4(us)) return write_solicitation(frame, us, target.bytes, known);
  write_arp(frame, kArpRequest, party(us), {{}, target.ipv4()},
            known != nullptr ? *known : kBroadcastMac);
  return kArpFrameBytes;
}

std::uint16_t write_answer(std::byte* frame, const Station& us, const Station& asker) {
  if (!is_ipv4(us)) {
    return asker.ip.is_null() ? write_advertisement(frame, us)
                              : write_solicited_advertisement(frame, us, asker);
  }
  write_arp(frame, kArpReply, party(us), party(asker), asker.mac);
  return kArpFrameBytes;
}

std::uint16_t write_probe(std::byte* frame, const Station& us) {
  if (!is_ipv4(us)) return write_duplicate_probe(frame, us);
  write_arp(frame, kArpRequest, {us.mac, Be32{0}}, {{}, us.ip.ipv4()}, kBroadcastMac);
  return kArpFrameBytes;
}

std::uint16_t write_announcement(std::byte* frame, const Station& us) {
  if (!is_ipv4(us)) return write_advertisement(frame, us);
  write_arp(frame, kArpRequest, party(us), {{}, us.ip.ipv4()}, kBroadcastMac);
  return kArpFrameBytes;
}

}  // namespace mediaplane
