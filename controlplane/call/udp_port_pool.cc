// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/udp_port_pool.h"

namespace mediaplane {
namespace {

constexpr std::size_t kUdpPorts = 65536;

}  // namespace

UdpPortLease::~UdpPortLease() {
  if (pool_ != nullptr) pool_->release(local_address_, udp_port_);
}

UdpPortPool::UdpPortPool(std::size_t local_addresses, std::uint16_t first, std::uint16_t last,
                         UdpPortOrder order)
    : order_(order), first_(first), last_(last) {
  Pairs all;
  for (std::uint32_t udp_port = first; udp_port < last; udp_port += 2) {
    all.rested.push_back(static_cast<std::uint16_t>(udp_port));
  }
  pairs_.assign(local_addresses, all);
}

bool UdpPortPool::has_rested(std::uint16_t local_address) {
  auto& pairs = pairs_[local_address];
  pairs.forget_claimed();
  auto& rested = pairs.rested;
  auto& resting = pairs.resting;
  while (!resting.empty() && now_ - resting.front().since >= kUdpPortRest) {
    rested.push_back(resting.front().udp_port);
    resting.pop_front();
  }
  return !rested.empty();
}

std::optional<UdpPortLease> UdpPortPool::acquire(std::span<const std::uint16_t> local_addresses) {
  for (const auto address : local_addresses) {
    if (has_rested(address)) return acquire(address);
  }
  for (const auto address : local_addresses) {
    if (auto lease = acquire(address)) return lease;
  }
  return std::nullopt;
}

std::optional<UdpPortLease> UdpPortPool::acquire(std::uint16_t local_address) {
  auto& rested = pairs_[local_address].rested;
  auto& resting = pairs_[local_address].resting;
  if (has_rested(local_address)) return UdpPortLease(*this, local_address, take_rested(rested));
  if (resting.empty()) return std::nullopt;
  const auto udp_port = resting.front().udp_port;
  resting.pop_front();
  return UdpPortLease(*this, local_address, udp_port);
}

std::optional<UdpPortLease> UdpPortPool::claim(std::uint16_t local_address,
                                               std::uint16_t udp_port) {
  if (udp_port < first_ || udp_port >= last_) return UdpPortLease();
  auto& claimed = pairs_[local_address].claimed;
  claimed.resize(kUdpPorts / 2);
  if (claimed[udp_port / 2]) return std::nullopt;
  claimed[udp_port / 2] = true;
  return UdpPortLease(*this, local_address, udp_port);
}

// All at once, for each is to be looked for among all that are free.
void UdpPortPool::Pairs::forget_claimed() {
  if (claimed.empty()) return;
  std::erase_if(rested, [this](auto udp_port) { return claimed[udp_port / 2]; });
  claimed.clear();
}

std::uint16_t UdpPortPool::take_rested(std::deque<std::uint16_t>& rested) {
  if (order_ == UdpPortOrder::kRandom) {
    std::swap(rested.front(), rested[random_.below(static_cast<std::uint32_t>(rested.size()))]);
  }
  const auto udp_port = rested.front();
  rested.pop_front();
  return udp_port;
}

void UdpPortPool::release(std::uint16_t local_address, std::uint16_t udp_port) {
  auto& pairs = pairs_[local_address];
  pairs.forget_claimed();
  pairs.resting.push_back({now_, udp_port});
}

}  // namespace mediaplane
