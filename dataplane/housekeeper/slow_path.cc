// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/slow_path.h"

#include <algorithm>

#include <rte_mbuf.h>

#include "dataplane/housekeeper/arp.h"
#include "dataplane/housekeeper/icmp.h"

namespace mediaplane {
namespace {

constexpr std::uint8_t kAnnouncements = 3;
constexpr std::uint32_t kPingsPerTick = 10;  // 1000 a second
constexpr std::uint32_t kPingBurst = 50;

std::span<std::byte> frame_of(rte_mbuf* mbuf) {
  return {rte_pktmbuf_mtod(mbuf, std::byte*), mbuf->data_len};
}

bool is_ours(const LocalPort& port, Be32 ip) {
  return std::any_of(port.addresses.begin(), port.addresses.end(),
                     [&](const LocalIpv4& address) { return address.ip == ip; });
}

}  // namespace

void SlowPath::handle(const Punt& punt, Tick now) {
  if (punt.verdict == Verdict::kResolve) {
    neighbours_.hold(punt.neighbour, punt.mbuf, now);
    return;
  }
  const auto& port = ports_[punt.ethdev];
  const auto ethernet = load<EthernetHeader>(frame_of(punt.mbuf).data());
  if (ethernet.ether_type == be16(kEtherTypeArp)) {
    handle_arp(punt.mbuf, port, now);
  } else {
    handle_icmp(punt.mbuf, port, now);
  }
}

void SlowPath::handle_arp(rte_mbuf* mbuf, const LocalPort& port, Tick now) {
  const auto arp = read_arp(frame_of(mbuf));
  if (!arp) {
    outbox_.drop(mbuf, Verdict::kBadArp);
    return;
  }
  if (is_ours(port, arp->sender_ip)) {  // It teaches nobody.
    if (arp->sender_mac != port.mac) conflict_ = {arp->sender_ip, arp->sender_mac};
    outbox_.drop(mbuf, Verdict::kAddressConflict);
    return;
  }
  const bool to_us = is_ours(port, arp->target_ip);
  const bool is_answer = to_us && arp->operation == be16(kArpReply);
  neighbours_.learn(port.ethdev, arp->sender_ip, arp->sender_mac, is_answer, now);
  if (!to_us || arp->operation != be16(kArpRequest)) {
    outbox_.consume(mbuf);
    return;
  }
  outbox_.count_consumed();
  write_arp(frame_of(mbuf).data(), kArpReply, {port.mac, arp->target_ip},
            {arp->sender_mac, arp->sender_ip}, arp->sender_mac);
  mbuf->data_len = kArpFrameBytes;
  mbuf->pkt_len = kArpFrameBytes;
  outbox_.send_generated(mbuf, port.ethdev);
}

// A token bucket: 1000 answers a second, 50 at once.
bool SlowPath::may_answer_ping(Tick now) {
  const auto passed = static_cast<std::uint32_t>(std::max(0, ticks_between(ping_tick_, now)));
  ping_tokens_ = std::min(kPingBurst, ping_tokens_ + std::min(passed, kPingBurst) * kPingsPerTick);
  ping_tick_ = now;
  if (ping_tokens_ == 0) return false;
  --ping_tokens_;
  return true;
}

void SlowPath::handle_icmp(rte_mbuf* mbuf, const LocalPort& port, Tick now) {
  const auto reading = read_icmp(frame_of(mbuf));
  if (reading.verdict != Verdict::kPunt) {
    outbox_.drop(mbuf, reading.verdict);
  } else if (!may_answer_ping(now)) {
    outbox_.drop(mbuf, Verdict::kRateLimited);
  } else {
    outbox_.count_consumed();
    const auto length = answer_echo(frame_of(mbuf), reading);
    rte_pktmbuf_trim(mbuf, static_cast<std::uint16_t>(mbuf->data_len - length));
    outbox_.send_generated(mbuf, port.ethdev);
  }
}

void SlowPath::announce(std::uint16_t ethdev, Tick now) {
  std::erase_if(announcements_, [&](const auto& other) { return other.ethdev == ethdev; });
  announcements_.push_back({ethdev, kAnnouncements, now});
}

void SlowPath::send_announcements(const LocalPort& port) {
  for (const auto& address : port.addresses) {
    for (const auto sender : {Be32{0}, address.ip}) {  // A probe, then an announcement.
      auto* mbuf = outbox_.allocate(kArpFrameBytes);
      if (mbuf == nullptr) return;
      write_arp(rte_pktmbuf_mtod(mbuf, std::byte*), kArpRequest, {port.mac, sender},
                {MacAddress{}, address.ip}, kBroadcastMac);
      outbox_.send_generated(mbuf, port.ethdev);
    }
  }
}

void SlowPath::tick(Tick now) {
  for (auto& announcement : announcements_) {
    if (ticks_between(announcement.next, now) < 0) continue;
    send_announcements(ports_[announcement.ethdev]);
    announcement.next = now + kTicksPerSecond;
    --announcement.left;
  }
  std::erase_if(announcements_, [](const auto& announcement) { return announcement.left == 0; });
}

}  // namespace mediaplane
