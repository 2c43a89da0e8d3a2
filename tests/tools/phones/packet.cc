// SPDX-License-Identifier: BSD-2-Clause
#include "tests/tools/phones/packet.h"

#include <string>

#include "dataplane/net/byte_order.h"
#include "dataplane/net/rtp.h"

namespace mediaplane::phones {
namespace {

struct [[gnu::packed]] SenderReport {  // RFC 3550 section 6.4.1, without report blocks.
  std::uint8_t version_count = 0x80;
  std::uint8_t type = 200;
  Be16 words_less_one = be16(6);
  Be32 ssrc;
  Be32 ntp_seconds;
  Be32 ntp_fraction;
  Be32 rtp_timestamp;
  Be32 packets;
  Be32 octets;
};
static_assert(sizeof(SenderReport) == 28);

struct [[gnu::packed]] SourceDescription {  // RFC 3550 section 6.5, one chunk with one item.
  std::uint8_t version_count = 0x81;
  std::uint8_t type = 202;
  Be16 words_less_one;
  Be32 ssrc;
  std::uint8_t item = 1;  // CNAME
  std::uint8_t item_length = 0;
};
static_assert(sizeof(SourceDescription) == 10);

// The NTP time of the first report. No clock is read, for the receiver has to know the bytes.
constexpr std::uint32_t kFirstNtpSecond = 3'900'000'000U;

// Steele, Lea, Flood 2014 (splitmix64): 64 well mixed bits from a counter.
constexpr std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

template <typename T>
void append(std::vector<std::byte>& to, const T& value) {
  to.resize(to.size() + sizeof(T));
  store(to.data() + to.size() - sizeof(T), value);
}

void append_samples(std::vector<std::byte>& to, const FlowIdentity& flow, std::uint32_t index) {
  static_assert(kPayloadBytes % sizeof(std::uint64_t) == 0);
  const std::uint64_t seed =
      mixed((std::uint64_t{flow.call} << 33) | (std::uint64_t{index} << 1) | index_of(flow.sender));
  for (std::size_t word = 0; word < kPayloadBytes / sizeof(std::uint64_t); ++word) {
    append(to, mixed(seed + word));
  }
}

std::vector<std::byte> build_rtp(const FlowIdentity& flow, std::uint32_t index) {
  std::vector<std::byte> packet;
  packet.reserve(sizeof(RtpHeader) + kPayloadBytes);
  const auto sequence = static_cast<std::uint16_t>(flow.first_sequence + index);
  append(packet, RtpHeader{.version_flags = 0x80,
                           .marker_type = static_cast<std::uint8_t>(index == 0 ? 0x80 : 0),
                           .sequence = be16(sequence),
                           .timestamp = be32(flow.first_timestamp + kTimestampStep * index),
                           .ssrc = be32(flow.ssrc)});
  append_samples(packet, flow, index);
  return packet;
}

void append_source_description(std::vector<std::byte>& to, const FlowIdentity& flow) {
  const std::string name = std::string(name_of(flow.sender)) + std::to_string(flow.call) + "@phone";
  // The chunk ends in at least one zero byte and fills its last word.
  const std::size_t end = (sizeof(SourceDescription) + name.size() + 4) / 4 * 4;
  const std::size_t start = to.size();
  append(to, SourceDescription{.words_less_one = be16(static_cast<std::uint16_t>(end / 4 - 1)),
                               .ssrc = be32(flow.ssrc),
                               .item_length = static_cast<std::uint8_t>(name.size())});
  for (const char c : name) to.push_back(static_cast<std::byte>(c));
  to.resize(start + end);
}

std::vector<std::byte> build_rtcp(const FlowIdentity& flow, std::uint32_t index) {
  std::vector<std::byte> packet;
  append(packet, SenderReport{.ssrc = be32(flow.ssrc),
                              .ntp_seconds = be32(kFirstNtpSecond + index),
                              .ntp_fraction = be32(static_cast<std::uint32_t>(mixed(flow.call))),
                              .rtp_timestamp = be32(flow.first_timestamp +
                                                    kTimestampStep * kPacketsPerSecond * index),
                              .packets = be32(kPacketsPerSecond * index),
                              .octets = be32(kPacketsPerSecond * kPayloadBytes * index)});
  append_source_description(packet, flow);
  return packet;
}

}  // namespace

std::vector<std::byte> build_packet(const FlowIdentity& flow, std::uint32_t index) {
  return flow.component == Component::kRtp ? build_rtp(flow, index) : build_rtcp(flow, index);
}

std::optional<std::uint32_t> claimed_index(const FlowIdentity& flow, std::uint32_t expected,
                                           std::span<const std::byte> datagram) {
  if (flow.component == Component::kRtcp) {
    if (datagram.size() < sizeof(SenderReport)) return std::nullopt;
    return load<SenderReport>(datagram.data()).ntp_seconds.host() - kFirstNtpSecond;
  }
  if (datagram.size() < sizeof(RtpHeader)) return std::nullopt;
  const std::uint16_t sequence = load<RtpHeader>(datagram.data()).sequence.host();
  const auto wanted = static_cast<std::uint16_t>(flow.first_sequence + expected);
  const std::int64_t index = std::int64_t{expected} + sequence_distance(wanted, sequence);
  if (index < 0) return std::nullopt;
  return static_cast<std::uint32_t>(index);
}

}  // namespace mediaplane::phones
