// SPDX-License-Identifier: BSD-2-Clause
// AddressSanitizer knows nothing of packet buffers: they are pieces of one great mapping. A fence
// makes what lies before and behind a packet in its buffer forbidden ground. Without ASan it is
// nothing.
#pragma once

#include <algorithm>
#include <cstdint>

#include <rte_mbuf.h>
#include <sanitizer/asan_interface.h>

namespace mediaplane::test {

// `before` and `behind`: bytes next to the packet that may be used.
inline void fence([[maybe_unused]] const rte_mbuf& mbuf, std::uint16_t before,
                  std::uint16_t behind) {
  [[maybe_unused]] const auto* begin = static_cast<const std::byte*>(mbuf.buf_addr);
  [[maybe_unused]] const int head = std::max(0, mbuf.data_off - before);
  [[maybe_unused]] const int tail =
      std::min<int>(mbuf.buf_len, mbuf.data_off + mbuf.data_len + behind);
  ASAN_POISON_MEMORY_REGION(begin, static_cast<std::size_t>(head));
  ASAN_POISON_MEMORY_REGION(begin + tail, static_cast<std::size_t>(mbuf.buf_len - tail));
}

inline void unfence([[maybe_unused]] const rte_mbuf& mbuf) {
  ASAN_UNPOISON_MEMORY_REGION(mbuf.buf_addr, mbuf.buf_len);
}

}  // namespace mediaplane::test
