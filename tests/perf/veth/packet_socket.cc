// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/veth/packet_socket.h"

#include <algorithm>
#include <array>
#include <atomic>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace mediaplane::veth {
namespace {

constexpr unsigned kFrameRoom = 512;
constexpr unsigned kFrames = 32768;  // A second at more than most relays can do.
constexpr unsigned kBlockBytes = 1U << 20;
constexpr std::size_t kRingBytes = std::size_t{kFrameRoom} * kFrames;
constexpr std::size_t kBatch = 64;

bool set(int fd, int name, int value) {
  return setsockopt(fd, SOL_PACKET, name, &value, sizeof value) == 0;
}

bool bind_to(int fd, const std::string& interface, std::uint16_t protocol) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(protocol);
  address.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
  return address.sll_ifindex != 0 &&
         bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::byte* open_ring(int fd, const std::string& interface) {
  tpacket_req request{};
  request.tp_frame_size = kFrameRoom;
  request.tp_frame_nr = kFrames;
  request.tp_block_size = kBlockBytes;
  request.tp_block_nr = static_cast<unsigned>(kRingBytes / kBlockBytes);
  const bool ready = set(fd, PACKET_VERSION, TPACKET_V2) && set(fd, PACKET_IGNORE_OUTGOING, 1) &&
                     setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) == 0;
  if (!ready) return nullptr;
  auto* at = mmap(nullptr, kRingBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (at == MAP_FAILED || !bind_to(fd, interface, ETH_P_IP)) return nullptr;
  return static_cast<std::byte*>(at);
}

}  // namespace

PacketSockets::PacketSockets(const std::string& interface)
    : sender_(socket(AF_PACKET, SOCK_RAW, 0)), receiver_(socket(AF_PACKET, SOCK_RAW, 0)) {
  if (!sender_.is_open() || !receiver_.is_open()) return;
  if (!set(sender_.value(), PACKET_QDISC_BYPASS, 1) || !bind_to(sender_.value(), interface, 0)) {
    return;
  }
  ring_ = open_ring(receiver_.value(), interface);
}

PacketSockets::~PacketSockets() {
  if (ring_ != nullptr) munmap(ring_, kRingBytes);
}

void PacketSockets::send(std::span<const std::span<std::byte>> frames) {
  std::array<mmsghdr, kBatch> messages{};
  std::array<iovec, kBatch> parts;
  while (!frames.empty()) {
    const auto count = std::min(frames.size(), kBatch);
    for (std::size_t i = 0; i < count; ++i) {
      parts[i] = {frames[i].data(), frames[i].size()};
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    const int sent =
        sendmmsg(sender_.value(), messages.data(), static_cast<unsigned>(count), MSG_DONTWAIT);
    frames = frames.subspan(sent > 0 ? static_cast<std::size_t>(sent) : 1);
  }
}

tpacket2_hdr* PacketSockets::frame(std::size_t number) const {
  return reinterpret_cast<tpacket2_hdr*>(ring_ + number * kFrameRoom);
}

void PacketSockets::receive(const Take& take) {
  for (unsigned taken = 0; taken < kFrames; ++taken) {
    auto& header = *frame(next_);
    const std::atomic_ref status(header.tp_status);
    if ((status.load(std::memory_order_acquire) & TP_STATUS_USER) == 0) return;
    const auto* at = reinterpret_cast<const std::byte*>(&header) + header.tp_mac;
    take({at, header.tp_snaplen}, std::uint64_t{header.tp_sec} * 1'000'000'000 + header.tp_nsec);
    status.store(TP_STATUS_KERNEL, std::memory_order_release);
    next_ = (next_ + 1) % kFrames;
  }
}

std::uint32_t PacketSockets::overrun() {
  tpacket_stats stats{};
  socklen_t length = sizeof stats;
  getsockopt(receiver_.value(), SOL_PACKET, PACKET_STATISTICS, &stats, &length);
  return stats.tp_drops;
}

}  // namespace mediaplane::veth
