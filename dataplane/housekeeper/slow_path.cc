// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/slow_path.h"

#include <algorithm>
#include <utility>

#include <rte_mbuf.h>

#include "dataplane/housekeeper/arp.h"
#include "dataplane/housekeeper/icmp.h"
#include "dataplane/housekeeper/icmp6.h"
#include "dataplane/housekeeper/nd.h"

namespace mediaplane {
namespace {

constexpr std::uint8_t kAnnouncements = 3;
constexpr Tick kDefendInterval = 10 * kTicksPerSecond;
constexpr std::uint32_t kPingsPerTick = 10;  // 1000 a second
constexpr std::uint32_t kPingBurst = 50;

std::span<std::byte> frame_of(rte_mbuf* mbuf) {
  return {rte_pktmbuf_mtod(mbuf, std::byte*), mbuf->data_len};
}

std::vector<IpAddress> addresses_of(const LocalPort& port) {
  std::vector<IpAddress> addresses;
  for (const auto& address : port.addresses) addresses.push_back(IpAddress::from_ipv4(address.ip));
  for (const auto& address : port.addresses6) addresses.push_back(IpAddress::from_ipv6(address.ip));
  return addresses;
}

bool is_ours(const LocalPort& port, const IpAddress& ip) {
  if (ip.family == IpFamily::kIpv4) {
    return std::any_of(port.addresses.begin(), port.addresses.end(),
                       [own = ip.ipv4()](const LocalIpv4& address) { return address.ip == own; });
  }
  return std::any_of(port.addresses6.begin(), port.addresses6.end(),
                     [&](const LocalIpv6& address) { return address.ip == ip.bytes; });
}

Discovery discovery_of(const ArpPacket& arp) {
  return {{arp.sender_mac, IpAddress::from_ipv4(arp.sender_ip)},
          IpAddress::from_ipv4(arp.target_ip),
          arp.operation == be16(kArpRequest),
          arp.operation == be16(kArpReply)};
}

}  // namespace

void SlowPath::handle(const Punt& punt, Tick now) {
  if (punt.verdict == Verdict::kResolve) {
    neighbours_.hold(punt.neighbour, punt.mbuf, now);
    return;
  }
  if (punt.verdict == Verdict::kSplit) {
    fragments_.split(punt, now);
    return;
  }
  const auto& port = ports_[punt.ethdev];
  const auto ethernet = load<EthernetHeader>(frame_of(punt.mbuf).data());
  if (ethernet.ether_type == be16(kEtherTypeArp)) {
    handle_arp(punt.mbuf, port, now);
  } else if (fragments_.take(punt, now)) {
    return;
  } else if (ethernet.ether_type == be16(kEtherTypeIpv6)) {
    handle_icmp6(punt.mbuf, port, now);
  } else {
    handle_icmp(punt.mbuf, port, now);
  }
}

void SlowPath::handle_arp(rte_mbuf* mbuf, const LocalPort& port, Tick now) {
  const auto arp = read_arp(frame_of(mbuf));
  if (arp) {
    handle_discovery(mbuf, discovery_of(*arp), port, now);
  } else {
    outbox_.drop(mbuf, Verdict::kBadArp);
  }
}

void SlowPath::handle_discovery(rte_mbuf* mbuf, const Discovery& discovery, const LocalPort& port,
                                Tick now) {
  const auto& sender = discovery.sender;
  if (is_ours(port, sender.ip)) {  // It teaches nobody.
    if (sender.mac != port.mac) contest(sender, port, now);
    outbox_.drop(mbuf, Verdict::kAddressConflict);
    return;
  }
  const bool to_us = is_ours(port, discovery.target);
  neighbours_.learn(port.ethdev, sender.ip, sender.mac, to_us && discovery.answers, now);
  if (!to_us || !discovery.asks) {
    outbox_.consume(mbuf);
    return;
  }
  const auto length = write_answer(frame_of(mbuf).data(), {port.mac, discovery.target}, sender);
  send_answer(mbuf, length, port);
}

// Who heard the other one now sends to him what is ours. Three announcements bring it back, though
// the other one repeat itself; then ten seconds must pass, or two that never yield would fill the
// network (in the spirit of RFC 5227 section 2.4).
void SlowPath::contest(const Station& other, const LocalPort& port, Tick now) {
  auto contest = std::find_if(contests_.begin(), contests_.end(),
                              [&](const Contest& each) { return each.conflict.ip == other.ip; });
  if (contest == contests_.end()) {
    contest = contests_.insert(contest, {{other.ip, {}}, port.ethdev, true, 0, now});
  }
  contest->conflict.mac = other.mac;
  contest->is_told = false;
  if (contest->left > 0 || ticks_between(contest->next, now) < 0) return;
  contest->left = kAnnouncements;
  contest->next = now;
  defend(*contest, now);
}

void SlowPath::defend(Contest& contest, Tick now) {
  if (contest.left == 0 || ticks_between(contest.next, now) < 0) return;
  --contest.left;
  contest.next = now + (contest.left > 0 ? Tick{kTicksPerSecond} : kDefendInterval);
  outbox_.generate(contest.ethdev, kMaxDiscoveryBytes, [&](std::byte* frame) {
    return write_announcement(frame, {ports_[contest.ethdev].mac, contest.conflict.ip});
  });
}

std::optional<AddressConflict> SlowPath::take_conflict() {
  for (auto& contest : contests_) {
    if (!std::exchange(contest.is_told, true)) return contest.conflict;
  }
  return std::nullopt;
}

// The packet has become its own answer.
void SlowPath::send_answer(rte_mbuf* mbuf, std::size_t length, const LocalPort& port) {
  outbox_.count_consumed();
  Outbox::set_length(*mbuf, length);
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
    send_answer(mbuf, answer_echo(frame_of(mbuf), reading), port);
  }
}

void SlowPath::handle_icmp6(rte_mbuf* mbuf, const LocalPort& port, Tick now) {
  const auto reading = read_icmp6(frame_of(mbuf));
  if (reading.verdict != Verdict::kPunt) {
    outbox_.drop(mbuf, reading.verdict);
  } else if (reading.type != kIcmp6EchoRequest) {
    const auto discovery = read_nd(frame_of(mbuf), reading);
    if (discovery) {
      handle_discovery(mbuf, *discovery, port, now);
    } else {
      outbox_.drop(mbuf, Verdict::kBadNd);
    }
  } else if (!may_answer_ping(now)) {
    outbox_.drop(mbuf, Verdict::kRateLimited);
  } else {
    send_answer(mbuf, answer_echo6(frame_of(mbuf), reading), port);
  }
}

void SlowPath::announce(std::uint16_t ethdev, Tick now) {
  std::erase_if(announcements_, [&](const auto& other) { return other.ethdev == ethdev; });
  announcements_.push_back({ethdev, kAnnouncements, now});
}

void SlowPath::be_seen(std::uint16_t ethdev) {
  const auto& port = ports_[ethdev];
  outbox_.generate(ethdev, kMaxDiscoveryBytes, [&](std::byte* frame) {
    return write_probe(frame, {port.mac, addresses_of(port).front()});
  });
}

void SlowPath::send_announcements(const LocalPort& port) {
  for (const auto& address : addresses_of(port)) {
    for (const auto write : {write_probe, write_announcement}) {
      outbox_.generate(port.ethdev, kMaxDiscoveryBytes, [&](std::byte* frame) {
        return write(frame, {port.mac, address});
      });
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
  for (auto& contest : contests_) defend(contest, now);
  std::erase_if(contests_, [&](const Contest& contest) {
    return contest.is_told && contest.left == 0 && ticks_between(contest.next, now) >= 0;
  });
}

}  // namespace mediaplane
