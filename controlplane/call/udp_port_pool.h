// SPDX-License-Identifier: BSD-2-Clause
// The pairs of UDP ports (even for RTP, the next one for RTCP) that can be handed out, separately
// for each local address.
//
// An attacker who can guess the next port can wait for its media, so ports come in an order that
// cannot be guessed, unless the configuration wants a sequence. Late packets of a finished call
// must not reach the next one: a freed pair rests for 30 seconds while a rested pair is free. When
// all free pairs are resting, the one that has rested longest is better than no call.
//
// A pair that is out is held by a lease, which gives it back when it ends. The pool outlives its
// leases.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "config/config.h"
#include "controlplane/call/secure_random.h"
#include "controlplane/protocol/exchange.h"

namespace mediaplane {

class UdpPortPool;

class UdpPortLease {
 public:
  UdpPortLease() = default;
  UdpPortLease(UdpPortPool& pool, std::uint16_t local_address, std::uint16_t udp_port)
      : pool_(&pool), local_address_(local_address), udp_port_(udp_port) {}
  UdpPortLease(UdpPortLease&& from) noexcept
      : pool_(std::exchange(from.pool_, nullptr)),
        local_address_(from.local_address_),
        udp_port_(from.udp_port_) {}
  UdpPortLease& operator=(UdpPortLease&& from) noexcept {
    std::swap(pool_, from.pool_);
    std::swap(local_address_, from.local_address_);
    std::swap(udp_port_, from.udp_port_);
    return *this;
  }
  ~UdpPortLease();

  explicit operator bool() const { return pool_ != nullptr; }
  std::uint16_t local_address() const { return local_address_; }
  std::uint16_t udp_port() const { return udp_port_; }

 private:
  UdpPortPool* pool_ = nullptr;
  std::uint16_t local_address_ = 0;
  std::uint16_t udp_port_ = 0;
};

inline constexpr std::chrono::seconds kUdpPortRest{30};

class UdpPortPool {
 public:
  // Pairs from `first` (even) on, the RTCP port of the last one at or below `last`.
  UdpPortPool(std::size_t local_addresses, std::uint16_t first, std::uint16_t last,
              UdpPortOrder order);
  UdpPortPool(const UdpPortPool&) = delete;
  UdpPortPool& operator=(const UdpPortPool&) = delete;

  // The time that counts from now on for pairs that come back.
  void advance(Time now) { now_ = now; }

  std::optional<UdpPortLease> acquire(std::uint16_t local_address);
  // One that is out already, from a former run: to be called before the first acquire(). An empty
  // lease if it is none of the pool's; nothing if it is claimed twice.
  std::optional<UdpPortLease> claim(std::uint16_t local_address, std::uint16_t udp_port);
  // Of the first of these addresses that has a rested pair, or else a resting one.
  std::optional<UdpPortLease> acquire(std::span<const std::uint16_t> local_addresses);

 private:
  friend class UdpPortLease;

  struct Resting {
    Time since;
    std::uint16_t udp_port;
  };
  struct Pairs {
    std::deque<std::uint16_t> rested;
    std::deque<Resting> resting;  // In the order in which they came back.
    // Those that were claimed and still lie in `rested`; by udp_port / 2. Empty: none.
    std::vector<bool> claimed;

    void forget_claimed();
  };

  bool has_rested(std::uint16_t local_address);
  void release(std::uint16_t local_address, std::uint16_t udp_port);
  std::uint16_t take_rested(std::deque<std::uint16_t>& rested);

  UdpPortOrder order_;
  std::uint16_t first_;
  std::uint16_t last_;
  std::vector<Pairs> pairs_;  // Indexed by local address.
  SecureRandom random_;
  Time now_{};
};

}  // namespace mediaplane
