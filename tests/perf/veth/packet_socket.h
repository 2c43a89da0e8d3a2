// SPDX-License-Identifier: BSD-2-Clause
// Raw frames at a kernel interface: sent in bursts past the queueing discipline, received from a
// ring that the kernel stamps with the time of arrival.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tests/tools/phones/fd.h"

struct tpacket2_hdr;

namespace mediaplane::veth {

class PacketSockets {
 public:
  // Of an interface of this thread's network namespace; on failure errno says why, see is_open().
  explicit PacketSockets(const std::string& interface);
  PacketSockets(const PacketSockets&) = delete;
  PacketSockets& operator=(const PacketSockets&) = delete;
  ~PacketSockets();

  bool is_open() const { return ring_ != nullptr; }
  // What the interface does not take is lost, as on a wire.
  void send(std::span<const std::span<std::byte>> frames);
  // Gives away what has arrived: frame and time (CLOCK_REALTIME in nanoseconds).
  using Take = std::function<void(std::span<const std::byte>, std::uint64_t)>;
  void receive(const Take& take);
  // Frames that found the ring full, since the last call.
  std::uint32_t overrun();

 private:
  tpacket2_hdr* frame(std::size_t number) const;

  phones::UniqueFd sender_;
  phones::UniqueFd receiver_;
  std::byte* ring_ = nullptr;
  std::size_t next_ = 0;
};

}  // namespace mediaplane::veth
