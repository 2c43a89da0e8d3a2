// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/housekeeper/fragmentation.h"

#include <algorithm>

#include "dataplane/net/checksum.h"

namespace mediaplane {
namespace {

constexpr std::size_t kIpAt = sizeof(EthernetHeader);

std::size_t multiple_of_8(std::size_t bytes) { return bytes / 8 * 8; }

}  // namespace

Fragmentation::Fragmentation(std::span<const std::byte> frame, std::uint16_t mtu, std::uint32_t id)
    : frame_(frame),
      is_ipv4_(load<EthernetHeader>(frame.data()).ether_type == be16(kEtherTypeIpv4)),
      id_(id),
      payload_(frame.subspan(kIpAt + (is_ipv4_ ? sizeof(Ipv4Header) : sizeof(Ipv6Header)))),
      room_(multiple_of_8(
          mtu - (is_ipv4_ ? sizeof(Ipv4Header) : sizeof(Ipv6Header) + sizeof(FragmentHeader)))) {}

std::size_t Fragmentation::write_ipv4(std::byte* at, std::size_t offset, std::size_t length,
                                      bool more) const {
  auto ip = load<Ipv4Header>(frame_.data() + kIpAt);
  ip.total_length = be16(static_cast<std::uint16_t>(sizeof ip + length));
  ip.id = be16(static_cast<std::uint16_t>(id_));
  ip.fragment = be16(static_cast<std::uint16_t>((more ? 0x2000 : 0) | offset / 8));
  ip.checksum = Be16{0};
  ip.checksum = checksum_of(sum_of(std::as_bytes(std::span(&ip, 1))));
  store(at, ip);
  return sizeof ip;
}

std::size_t Fragmentation::write_ipv6(std::byte* at, std::size_t offset, std::size_t length,
                                      bool more) const {
  auto ip = load<Ipv6Header>(frame_.data() + kIpAt);
  const FragmentHeader header{ip.next_header, 0,
                              be16(static_cast<std::uint16_t>(offset | (more ? 1 : 0))), be32(id_)};
  ip.payload_length = be16(static_cast<std::uint16_t>(sizeof header + length));
  ip.next_header = kProtocolFragment;
  store(at, ip);
  store(at + sizeof ip, header);
  return sizeof ip + sizeof header;
}

std::size_t Fragmentation::write(std::size_t place, std::byte* to) const {
  const auto offset = place * room_;
  const auto piece = payload_.subspan(offset, std::min(room_, payload_.size() - offset));
  const bool more = offset + piece.size() < payload_.size();
  std::copy_n(frame_.data(), kIpAt, to);
  const auto header = is_ipv4_ ? write_ipv4(to + kIpAt, offset, piece.size(), more)
                               : write_ipv6(to + kIpAt, offset, piece.size(), more);
  std::copy(piece.begin(), piece.end(), to + kIpAt + header);
  return kIpAt + header + piece.size();
}

}  // namespace mediaplane
