// SPDX-License-Identifier: BSD-2-Clause
// The arithmetic of checksum.h against two oracles: RFC 1071 word by word, and DPDK's.
#include "dataplane/net/checksum.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <rte_ip.h>

#include "dataplane/net/headers.h"

namespace mediaplane {
namespace {

constexpr int kRounds = 1'000'000;

using Random = std::mt19937_64;

// RFC 1071 section 1, in network byte order and with the carries of every addition folded at once.
std::uint16_t naive_sum(std::span<const std::byte> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    const auto high = std::to_integer<std::uint32_t>(bytes[i]) << 8;
    const auto low = i + 1 < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i + 1]) : 0;
    sum += high | low;
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(sum);
}

// Random bytes, now and then all zero or all one: the corners of one's complement.
std::span<std::byte> fill(std::span<std::byte> bytes, Random& random) {
  const auto kind = random() % 16;
  for (auto& byte : bytes) {
    byte = kind == 0   ? std::byte{0}
           : kind == 1 ? std::byte{0xff}
                       : static_cast<std::byte>(random());
  }
  return bytes;
}

TEST(Checksum, SumMatchesRfc1071OnRandomBytes) {
  Random random(1);
  std::array<std::byte, 67> memory{};
  for (int i = 0; i < kRounds; ++i) {
    const auto offset = random() % 3;  // Packet memory has no alignment.
    const auto bytes = fill(std::span(memory).subspan(offset, random() % 65), random);
    ASSERT_EQ(be16(naive_sum(bytes)).raw, folded(sum_of(bytes))) << bytes.size();
  }
}

TEST(Checksum, PartsOfEvenLengthAddUp) {
  Random random(2);
  std::array<std::byte, 128> memory{};
  for (int i = 0; i < 10'000; ++i) {
    const auto bytes = fill(std::span(memory).first(random() % 129), random);
    const auto cut = bytes.size() < 2 ? 0 : random() % (bytes.size() / 2) * 2;
    const auto sum = sum_of(bytes.first(cut)) + sum_of(bytes.subspan(cut));
    ASSERT_EQ(folded(sum), folded(sum_of(bytes)));
  }
}

TEST(Checksum, LongestPacketDoesNotOverflow) {
  const std::vector<std::byte> ones(65535, std::byte{0xff});
  EXPECT_EQ(be16(naive_sum(ones)).raw, folded(sum_of(ones)));
  EXPECT_EQ(folded(~PartialSum{0}), 0xffff);
}

TEST(Checksum, Ipv4HeaderMatchesDpdk) {
  Random random(3);
  for (int i = 0; i < kRounds; ++i) {
    rte_ipv4_hdr header;
    auto bytes = std::as_writable_bytes(std::span(&header, 1));
    fill(bytes, random);
    header.version_ihl = 0x45;
    header.hdr_checksum = 0;
    const auto checksum = checksum_of(sum_of(bytes));
    // DPDK never writes 0xffff here and we never write its other zero: both are the same number.
    ASSERT_EQ(checksum.raw, rte_ipv4_cksum(&header));
    header.hdr_checksum = checksum.raw;
    ASSERT_TRUE(is_checksum_right(sum_of(bytes)));
    header.time_to_live ^= static_cast<std::uint8_t>(1 + random() % 254);
    ASSERT_FALSE(is_checksum_right(sum_of(bytes)));
  }
}

struct UdpPacket {
  std::array<std::byte, 28 + 64> memory{};
  std::size_t payload_length = 0;

  Ipv4Header ip() const { return load<Ipv4Header>(memory.data()); }
  UdpHeader udp() const { return load<UdpHeader>(memory.data() + 20); }
  std::span<const std::byte> datagram() const {
    return std::span(memory).subspan(20, 8 + payload_length);
  }
};

UdpPacket random_packet(Random& random) {
  UdpPacket packet;
  packet.payload_length = random() % 65;
  fill(packet.memory, random);
  const auto length = static_cast<std::uint16_t>(8 + packet.payload_length);
  auto ip = packet.ip();
  ip.version_ihl = 0x45;
  ip.protocol = kProtocolUdp;
  ip.total_length = be16(static_cast<std::uint16_t>(20 + length));
  store(packet.memory.data(), ip);
  auto udp = packet.udp();
  udp.length = be16(length);
  udp.checksum = {};
  store(packet.memory.data() + 20, udp);
  return packet;
}

Be16 dpdk_udp_checksum(const UdpPacket& packet) {
  rte_ipv4_hdr ip;
  std::memcpy(&ip, packet.memory.data(), sizeof ip);
  return Be16{rte_ipv4_udptcp_cksum(&ip, packet.memory.data() + 20)};
}

PartialSum udp_sum(const UdpPacket& packet) {
  const auto ip = packet.ip();
  const auto addresses = sum_of(ip.source) + sum_of(ip.destination);
  const auto length = static_cast<std::uint32_t>(packet.datagram().size());
  return pseudo_header_sum(addresses, kProtocolUdp, length) + sum_of(packet.datagram());
}

TEST(Checksum, UdpMatchesDpdk) {
  Random random(4);
  for (int i = 0; i < kRounds; ++i) {
    auto packet = random_packet(random);
    const auto checksum = as_udp_checksum(checksum_of(udp_sum(packet)));
    ASSERT_EQ(checksum, dpdk_udp_checksum(packet));
    ASSERT_NE(checksum.raw, 0);
    auto udp = packet.udp();
    udp.checksum = checksum;
    store(packet.memory.data() + 20, udp);
    ASSERT_TRUE(is_checksum_right(udp_sum(packet)));
  }
}

// What the rewrite stage does: addresses and ports change, the checksum follows by difference.
TEST(Checksum, UpdateEqualsComputingAnew) {
  Random random(5);
  for (int i = 0; i < kRounds; ++i) {
    auto packet = random_packet(random);
    auto ip = packet.ip();
    auto udp = packet.udp();
    const auto old = dpdk_udp_checksum(packet);
    const auto removed = sum_of(ip.source) + sum_of(ip.destination) + sum_of(udp.source_port) +
                         sum_of(udp.destination_port);
    ip.source.raw = static_cast<std::uint32_t>(random());
    ip.destination.raw = i % 7 == 0 ? ip.destination.raw : static_cast<std::uint32_t>(random());
    udp.source_port.raw = static_cast<std::uint16_t>(random());
    udp.destination_port.raw = i % 5 == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(random());
    const auto added = sum_of(ip.source) + sum_of(ip.destination) + sum_of(udp.source_port) +
                       sum_of(udp.destination_port);
    store(packet.memory.data(), ip);
    store(packet.memory.data() + 20, udp);
    ASSERT_EQ(updated_udp_checksum(old, removal_of(removed), added), dpdk_udp_checksum(packet));
  }
}

// A wrong checksum stays wrong by the same amount: damage is carried on, never repaired.
TEST(Checksum, UpdateCarriesDamageOn) {
  Random random(6);
  for (int i = 0; i < 10'000; ++i) {
    const Be16 right{static_cast<std::uint16_t>(1 + random() % 0xfffe)};
    const Be16 wrong{static_cast<std::uint16_t>(1 + random() % 0xfffe)};
    const PartialSum removed = random() % 0x10000;
    const PartialSum added = random() % 0x10000;
    const auto damage = folded(PartialSum{wrong.raw} + static_cast<std::uint16_t>(~right.raw));
    const auto updated_right = updated_udp_checksum(right, removal_of(removed), added);
    const auto updated_wrong = updated_udp_checksum(wrong, removal_of(removed), added);
    const auto still =
        folded(PartialSum{updated_wrong.raw} + static_cast<std::uint16_t>(~updated_right.raw));
    ASSERT_EQ(damage % 0xffff, still % 0xffff);
  }
}

TEST(Checksum, UpdateRows) {
  struct Row {
    const char* what;
    std::uint16_t old, removed, added, expected;
  };
  constexpr std::array<Row, 7> kRows = {{
      {"RFC 1624 section 4", 0xdd2f, 0x5555, 0x3285, 0x0000},
      {"nothing changes", 0x1234, 0x5678, 0x5678, 0x1234},
      {"zero to zero", 0x1234, 0x0000, 0x0000, 0x1234},
      {"one's complement zeros are one number", 0x1234, 0x0000, 0xffff, 0x1234},
      {"the other way round", 0x1234, 0xffff, 0x0000, 0x1234},
      {"carry", 0xfffe, 0x0000, 0x0001, 0xfffd},
      {"borrow", 0x0001, 0x0002, 0x0001, 0x0002},
  }};
  for (const auto& row : kRows) {
    const auto updated =
        updated_checksum(be16(row.old), removal_of(be16(row.removed)), sum_of(be16(row.added)));
    EXPECT_EQ(updated.host(), row.expected) << row.what;
  }
}

TEST(Checksum, UdpZeroStaysZero) {
  EXPECT_EQ(updated_udp_checksum(Be16{0}, PartialSum{0x1234}, 0x4321), Be16{0});
  EXPECT_EQ(as_udp_checksum(Be16{0}), Be16{0xffff});
  EXPECT_EQ(as_udp_checksum(be16(1)), be16(1));
}

TEST(Checksum, UdpComputedZeroIsSentAsOnes) {
  // The example of RFC 1624 section 4 yields zero, which UDP would read as "no checksum".
  const auto updated =
      updated_udp_checksum(be16(0xdd2f), removal_of(be16(0x5555)), sum_of(be16(0x3285)));
  EXPECT_EQ(updated, Be16{0xffff});
}

TEST(Checksum, AddressesOfBothFamiliesSum) {
  Random random(7);
  for (int i = 0; i < 10'000; ++i) {
    std::array<std::byte, 16> memory{};
    fill(memory, random);
    const auto six = std::bit_cast<std::array<std::uint8_t, 16>>(memory);
    ASSERT_EQ(folded(sum_of(six)), folded(sum_of(std::span<const std::byte>(memory))));
    const auto four = load<Be32>(memory.data());
    ASSERT_EQ(folded(sum_of(four)), folded(sum_of(std::span<const std::byte>(memory).first(4))));
  }
}

}  // namespace
}  // namespace mediaplane
