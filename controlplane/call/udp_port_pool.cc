// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/udp_port_pool.h"

namespace mediaplane {

UdpPortLease::~UdpPortLease() {
  if (pool_ != nullptr) pool_->release(local_address_, udp_port_);
}

UdpPortPool::UdpPortPool(std::size_t local_addresses, std::uint16_t first, std::uint16_t last,
                         UdpPortOrder order)
    : order_(order) {
  Pairs all;
  for (std::uint32_t udp_port = first; udp_port < last; udp_port += 2) {
    all.rested.push_back(static_cast<std::uint16_t>(udp_port));
  }
  pairs_.assign(local_addresses, all);
}

bool UdpPortPool::has_rested(std::uint16_t local_address) {
  auto& [rested, resting] = pairs_[local_address];
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
  auto& [rested, resting] = pairs_[local_address];
  if (has_rested(local_address)) return UdpPortLease(*this, local_address, take_rested(rested));
  if (resting.empty()) return std::nullopt;
  const auto udp_port = resting.front().udp_port;
  resting.pop_front();
  return UdpPortLease(*this, local_address, udp_port);
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
  pairs_[local_address].resting.push_back({now_, udp_port});
}

}  // namespace mediaplane
