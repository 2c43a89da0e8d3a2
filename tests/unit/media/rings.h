// SPDX-License-Identifier: BSD-2-Clause
// Rings of a data plane whose other ends a test holds.
#pragma once

#include <memory>
#include <new>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "controlplane/call/media_rings.h"
#include "dataplane/abi/message_io.h"
#include "dataplane/abi/region.h"

namespace mediaplane {

struct TestRings {
  static constexpr std::uint32_t kSlots = 1024;

  TestRings() {
    auto region = memory(layout.size);
    ours = std::move(*abi::map_shared_memory(region, layout.size, abi::Access::kReadWrite));
    auto* header = new (ours.base()) abi::RegionHeader;
    header->layout = layout;
    auto playback_memory = memory(abi::SlotRing::shared_bytes(kSlots));
    auto copies_memory = memory(abi::SlotRing::shared_bytes(kSlots));
    const int bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    doorbell = abi::FileDescriptor(dup(bell));
    std::vector<abi::SlotRing> their_copies;
    their_copies.push_back(std::move(*abi::SlotRing::map(copies_memory, kSlots)));
    playback.push_back(std::move(*abi::SlotRing::map(playback_memory, kSlots)));
    copies.push_back(std::move(*abi::SlotRing::map(copies_memory, kSlots)));
    theirs = std::make_shared<MediaRings>(MediaRings{
        std::move(*abi::map_shared_memory(region, layout.size, abi::Access::kReadOnly)),
        abi::FileDescriptor(bell), std::move(*abi::SlotRing::map(playback_memory, kSlots)),
        std::move(their_copies)});
  }

  static abi::FileDescriptor memory(std::size_t size) {
    return std::move(*abi::make_shared_memory("test", size, abi::Pages::kSmall));
  }

  abi::RegionHeader& header() { return abi::Region(ours.base()).header(); }
  bool send_copy(const abi::CopiedPacket& copy, std::span<const std::byte> payload) {
    return abi::send(copies[0], abi::MessageType::kCopy, 0, abi::as_bytes_of(copy), payload);
  }

  abi::RegionLayout layout = abi::region_layout(4, 2, 4);
  abi::Mapping ours;
  std::vector<abi::SlotRing> playback;  // One: a ring cannot be made before its memory.
  std::vector<abi::SlotRing> copies;
  abi::FileDescriptor doorbell;
  std::shared_ptr<MediaRings> theirs;
};

}  // namespace mediaplane
