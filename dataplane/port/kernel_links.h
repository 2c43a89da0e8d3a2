// SPDX-License-Identifier: BSD-2-Clause
// What becomes of the kernel interfaces behind ports. DPDK's drivers do not tell: net_af_packet
// says for ever that its link is up, and none of them notices that its interface has been deleted.
// The kernel does, by rtnetlink, each change in its order, however quickly they follow each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/abi/shared_memory.h"

namespace mediaplane {

enum class Link : std::uint8_t {
  kUnknown,
  kDown,
  kUp,
  kGone,  // The device has vanished, and does not come back.
};

struct KernelLink {
  std::uint32_t interface = 0;  // The kernel's number, which is never given twice.
  Link link = Link::kUnknown;
};

class KernelLinks {
 public:
  KernelLinks();

  // How an interface is now. Unknown if the kernel does not say.
  Link look(std::uint32_t interface) const;
  // What was told since the last call, of whatever interfaces; bounded. Sets `missed` if the kernel
  // told more than could wait here.
  std::vector<KernelLink> changes(bool& missed);

 private:
  abi::FileDescriptor socket_;
};

// The changes of interfaces that a datagram of rtnetlink tells.
std::vector<KernelLink> read_link_messages(const std::byte* bytes, std::size_t length);

}  // namespace mediaplane
