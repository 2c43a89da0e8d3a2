// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/abi/shared_memory.h"

#include <cerrno>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace mediaplane::abi {
namespace {

const auto kPage = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));

FileDescriptor memory_of(std::size_t size) {
  auto memory = make_shared_memory("test", size, Pages::kSmall);
  EXPECT_TRUE(memory);
  return std::move(*memory);
}

TEST(SharedMemory, IsWholePagesOfZeros) {
  const auto memory = memory_of(kPage + 1);
  const auto mapping = map_shared_memory(memory, 1, Access::kReadOnly);
  ASSERT_TRUE(mapping);
  EXPECT_EQ(mapping->size(), 2 * kPage);
  for (std::size_t i = 0; i < mapping->size(); ++i) {
    ASSERT_EQ(mapping->base()[i], std::byte{0});
  }
}

TEST(SharedMemory, ItsSizeIsSealed) {
  const auto memory = memory_of(2 * kPage);
  const auto size = static_cast<off_t>(2 * kPage);
  EXPECT_EQ(ftruncate(memory.get(), size - 1), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(ftruncate(memory.get(), size + 1), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(ftruncate(memory.get(), 0), -1);
}

TEST(SharedMemory, MemoryThatMayShrinkIsNotMapped) {
  const FileDescriptor loose(memfd_create("loose", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(ftruncate(loose.get(), static_cast<off_t>(kPage)), 0);
  EXPECT_EQ(map_shared_memory(loose, kPage, Access::kReadOnly).error(), EPERM);
  EXPECT_EQ(map_behind_private_page(loose, kPage).error(), EPERM);
  ASSERT_EQ(fcntl(loose.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
  EXPECT_EQ(map_shared_memory(loose, kPage, Access::kReadOnly).error(), EPERM);
  ASSERT_EQ(fcntl(loose.get(), F_ADD_SEALS, F_SEAL_GROW), 0);
  EXPECT_TRUE(map_shared_memory(loose, kPage, Access::kReadOnly));
}

TEST(SharedMemory, WhatIsNoMemoryIsNotMapped) {
  EXPECT_EQ(map_shared_memory(FileDescriptor(), 1, Access::kReadOnly).error(), EBADF);
  const FileDescriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
  EXPECT_FALSE(map_shared_memory(null, 0, Access::kReadOnly));
}

TEST(SharedMemory, TooLittleIsNotMapped) {
  const auto memory = memory_of(kPage);
  EXPECT_TRUE(map_shared_memory(memory, kPage, Access::kReadOnly));
  EXPECT_EQ(map_shared_memory(memory, kPage + 1, Access::kReadOnly).error(), EMSGSIZE);
  EXPECT_EQ(map_behind_private_page(memory, kPage + 1).error(), EMSGSIZE);
}

TEST(SharedMemory, SealedAgainstWritersIsReadOnlyForNewMappings) {
  const auto memory = memory_of(kPage);
  const auto before = map_shared_memory(memory, kPage, Access::kReadWrite);
  ASSERT_TRUE(before);
  ASSERT_TRUE(seal_against_writers(memory));
  EXPECT_EQ(map_shared_memory(memory, kPage, Access::kReadWrite).error(), EPERM);
  EXPECT_FALSE(map_behind_private_page(memory, kPage));
  EXPECT_EQ(write(memory.get(), "x", 1), -1);
  EXPECT_EQ(fcntl(memory.get(), F_ADD_SEALS, F_SEAL_WRITE), -1);  // Nobody seals it further.

  const auto after = map_shared_memory(memory, kPage, Access::kReadOnly);
  ASSERT_TRUE(after);
  before->base()[5] = std::byte{42};
  EXPECT_EQ(after->base()[5], std::byte{42});
  EXPECT_EQ(mprotect(after->base(), kPage, PROT_READ | PROT_WRITE), -1);
}

TEST(SharedMemory, ThePageBeforeIsPrivate) {
  const auto memory = memory_of(kPage);
  const auto one = map_behind_private_page(memory, kPage);
  const auto two = map_behind_private_page(memory, kPage);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->size(), 2 * kPage);
  one->base()[kPage - 1] = std::byte{1};
  one->base()[kPage] = std::byte{2};
  EXPECT_EQ(two->base()[kPage - 1], std::byte{0});
  EXPECT_EQ(two->base()[kPage], std::byte{2});
}

TEST(SharedMemory, DescriptorsCloseThemselvesOnce) {
  int number = -1;
  {
    FileDescriptor first(open("/dev/null", O_RDONLY | O_CLOEXEC));
    number = first.get();
    FileDescriptor second(std::move(first));
    EXPECT_EQ(second.get(), number);
    EXPECT_NE(fcntl(number, F_GETFD), -1);
  }
  EXPECT_EQ(fcntl(number, F_GETFD), -1);
}

}  // namespace
}  // namespace mediaplane::abi
