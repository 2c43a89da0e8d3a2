// SPDX-License-Identifier: BSD-2-Clause
// Fragments of the frames that udp_frame() makes, and datagrams that are put together again: plain
// and slow, of no use of the relay's own.
#pragma once

#include <map>
#include <optional>

#include "tests/support/frames.h"

namespace mediaplane::test {

inline Frame slice(const Frame& frame, std::size_t begin, std::size_t end) {
  return {frame.begin() + static_cast<std::ptrdiff_t>(begin),
          frame.begin() + static_cast<std::ptrdiff_t>(end)};
}

inline void append(Frame& frame, const Frame& more) {
  frame.insert(frame.end(), more.begin(), more.end());
}

// `bytes` of a datagram, from `offset` on, behind the headers of a frame that udp_frame() made.
inline Frame fragment_frame(const Frame& whole, std::size_t offset, const Frame& bytes, bool more,
                            std::uint32_t id) {
  const std::size_t flag = more ? 1 : 0;
  const auto at = udp_offset_of(whole);
  auto frame = slice(whole, 0, at);
  if (is_ipv6(whole)) {
    auto ip = load<Ipv6Header>(frame.data() + kIpAt);
    FragmentHeader header{ip.next_header, 0, be16(static_cast<std::uint16_t>(offset | flag)),
                          be32(id)};
    ip.next_header = kProtocolFragment;
    ip.payload_length = be16(static_cast<std::uint16_t>(sizeof header + bytes.size()));
    store(frame.data() + kIpAt, ip);
    frame.resize(at + sizeof header);
    store(frame.data() + at, header);
    append(frame, bytes);
    return frame;
  }
  auto ip = load<Ipv4Header>(frame.data() + kIpAt);
  ip.total_length = be16(static_cast<std::uint16_t>(at - kIpAt + bytes.size()));
  ip.id = be16(static_cast<std::uint16_t>(id));
  ip.fragment = be16(static_cast<std::uint16_t>(offset / 8 | flag << 13));
  store(frame.data() + kIpAt, ip);
  seal_ipv4(frame);
  append(frame, bytes);
  return frame;
}

// The bytes [begin, end) of the frame's datagram; as the last one if they are its end.
inline Frame fragment_of(const Frame& whole, std::size_t begin, std::size_t end, std::uint32_t id) {
  const auto at = udp_offset_of(whole);
  const auto length = std::min(end, whole.size() - at);
  return fragment_frame(whole, begin, slice(whole, at + begin, at + length),
                        at + length < whole.size(), id);
}

// All of it, `size` bytes in each fragment.
inline std::vector<Frame> fragments_of(const Frame& whole, std::size_t size, std::uint32_t id) {
  std::vector<Frame> frames;
  const auto length = whole.size() - udp_offset_of(whole);
  for (std::size_t begin = 0; begin < length; begin += size) {
    frames.push_back(fragment_of(whole, begin, begin + size, id));
  }
  return frames;
}

struct ReadFragment {
  std::uint32_t id;
  std::size_t offset;
  bool more;
  std::size_t bytes_at;  // In the frame.
};

// Of a frame that we have sent.
inline std::optional<ReadFragment> read_sent(const Frame& frame) {
  const auto* ip_at = frame.data() + kIpAt;
  if (is_ipv6(frame)) {
    const auto ip = load<Ipv6Header>(ip_at);
    if (ip.next_header != kProtocolFragment) return std::nullopt;
    const auto header = load<FragmentHeader>(ip_at + sizeof ip);
    const auto field = header.offset_and_flag.host();
    return ReadFragment{header.id.host(), std::size_t{field & 0xfff8U}, (field & 1) != 0,
                        kIpAt + sizeof ip + sizeof header};
  }
  const auto ip = load<Ipv4Header>(ip_at);
  const auto field = ip.fragment.host();
  if ((field & 0x3fff) == 0) return std::nullopt;
  return ReadFragment{ip.id.host(), (field & 0x1fffU) * 8, (field & 0x2000) != 0,
                      kIpAt + sizeof ip};
}

// One datagram of all these frames, which are in order and have one number: the headers of the
// first and its datagram, as the receiver would see it in one piece. None if they do not fit.
inline std::optional<Frame> joined(const std::vector<Frame>& frames) {
  Frame datagram;
  std::optional<std::uint32_t> id;
  for (const auto& frame : frames) {
    const auto piece = read_sent(frame);
    const bool is_last = &frame == &frames.back();
    if (!piece || piece->offset != datagram.size() || piece->more == is_last ||
        (id && *id != piece->id)) {
      return std::nullopt;
    }
    id = piece->id;
    append(datagram, slice(frame, piece->bytes_at, frame.size()));
  }
  if (frames.empty()) return std::nullopt;
  const bool ipv6 = is_ipv6(frames.front());
  auto whole = slice(frames.front(), 0, kIpAt + (ipv6 ? sizeof(Ipv6Header) : sizeof(Ipv4Header)));
  append(whole, datagram);
  const auto length = static_cast<std::uint16_t>(datagram.size());
  if (ipv6) {
    auto ip = load<Ipv6Header>(whole.data() + kIpAt);
    ip.next_header = kProtocolUdp;
    ip.payload_length = be16(length);
    store(whole.data() + kIpAt, ip);
  } else {
    auto ip = load<Ipv4Header>(whole.data() + kIpAt);
    ip.total_length = be16(static_cast<std::uint16_t>(sizeof ip + length));
    ip.fragment = Be16{0};
    store(whole.data() + kIpAt, ip);
    seal_ipv4(whole);
  }
  return whole;
}

}  // namespace mediaplane::test
