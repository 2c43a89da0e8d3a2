// SPDX-License-Identifier: BSD-2-Clause
// Descriptors and mappings that close themselves, and the sealed memfds that the data plane shares.
// A sealed memfd can be neither cut short nor grown, so that no access to a mapping of it can end
// in a bus error, whatever the other process does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "dataplane/net/result.h"

namespace mediaplane::abi {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& from) noexcept : fd_(std::exchange(from.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& from) noexcept {
    std::swap(fd_, from.fd_);
    return *this;
  }
  ~FileDescriptor();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// A range of mapped memory.
class Mapping {
 public:
  Mapping() = default;
  Mapping(std::byte* base, std::size_t size) : base_(base), size_(size) {}
  Mapping(Mapping&& from) noexcept
      : base_(std::exchange(from.base_, nullptr)), size_(std::exchange(from.size_, 0)) {}
  Mapping& operator=(Mapping&& from) noexcept {
    std::swap(base_, from.base_);
    std::swap(size_, from.size_);
    return *this;
  }
  ~Mapping();

  std::byte* base() const { return base_; }
  std::size_t size() const { return size_; }
  explicit operator bool() const { return base_ != nullptr; }

 private:
  std::byte* base_ = nullptr;
  std::size_t size_ = 0;
};

enum class Access : std::uint8_t { kReadOnly, kReadWrite };
enum class Pages : std::uint8_t { kSmall, kHuge };

// Errors are errno values.
template <typename T>
using SystemResult = Result<T, int>;

// Memory of `size` bytes (rounded up to whole pages), all zero, sealed against changes of its size.
SystemResult<FileDescriptor> make_shared_memory(const char* name, std::size_t size, Pages pages);

// From now on the memory can be mapped for reading only; mappings that exist stay writable.
SystemResult<void> seal_against_writers(const FileDescriptor& memory);

// From now on a core of this process holds its private memory alone: no packets, nothing of what is
// shared.
void keep_shared_memory_out_of_cores();

// Maps all of a shared memory. EPERM if its size is not sealed, EMSGSIZE if it is smaller than
// `min_size`.
SystemResult<Mapping> map_shared_memory(const FileDescriptor& memory, std::size_t min_size,
                                        Access access);

// Maps all of a shared memory for reading and writing, with one private page directly before it.
// base() is the private page. All pages are there at once: no packet waits for the kernel.
SystemResult<Mapping> map_behind_private_page(const FileDescriptor& memory, std::size_t min_size);

}  // namespace mediaplane::abi
