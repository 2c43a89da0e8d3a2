// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/abi/shared_memory.h"

#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mediaplane::abi {
namespace {

constexpr int kSizeSeals = F_SEAL_SHRINK | F_SEAL_GROW;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

std::size_t rounded_up(std::size_t size, std::size_t unit) {
  return (size + unit - 1) / unit * unit;
}

SystemResult<std::size_t> sealed_size(const FileDescriptor& memory, std::size_t min_size) {
  const int seals = fcntl(memory.get(), F_GET_SEALS);
  if (seals < 0) return failure(errno);
  if ((seals & kSizeSeals) != kSizeSeals) return failure(EPERM);
  struct stat status {};
  if (fstat(memory.get(), &status) != 0) return failure(errno);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size < min_size || size == 0) return failure(EMSGSIZE);
  return size;
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) close(fd_);
}

Mapping::~Mapping() {
  if (base_ != nullptr) munmap(base_, size_);
}

SystemResult<FileDescriptor> make_shared_memory(const char* name, std::size_t size, Pages pages) {
  const bool huge = pages == Pages::kHuge;
  const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING | (huge ? MFD_HUGETLB | MFD_HUGE_2MB : 0U);
  FileDescriptor memory(memfd_create(name, flags));
  if (!memory) return failure(errno);
  const auto unit = huge ? kHugePage : static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  if (ftruncate(memory.get(), static_cast<off_t>(rounded_up(size, unit))) != 0) {
    return failure(errno);
  }
  if (fcntl(memory.get(), F_ADD_SEALS, kSizeSeals) != 0) return failure(errno);
  return memory;
}

SystemResult<void> seal_against_writers(const FileDescriptor& memory) {
  if (fcntl(memory.get(), F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) != 0) {
    return failure(errno);
  }
  return {};
}

void keep_shared_memory_out_of_cores() {
  // core(5): private anonymous mappings and the heads of ELF files.
  constexpr std::string_view kFilter = "0x11";
  const FileDescriptor file(open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC));
  if (!file) return;  // Without /proc nobody writes a core either.
  [[maybe_unused]] const auto written = write(file.get(), kFilter.data(), kFilter.size());
}

SystemResult<Mapping> map_shared_memory(const FileDescriptor& memory, std::size_t min_size,
                                        Access access) {
  const auto size = sealed_size(memory, min_size);
  if (!size) return failure(size.error());
  const int protection = access == Access::kReadWrite ? PROT_READ | PROT_WRITE : PROT_READ;
  void* base = mmap(nullptr, *size, protection, MAP_SHARED, memory.get(), 0);
  if (base == MAP_FAILED) return failure(errno);
  return Mapping(static_cast<std::byte*>(base), *size);
}

SystemResult<Mapping> map_behind_private_page(const FileDescriptor& memory, std::size_t min_size) {
  const auto size = sealed_size(memory, min_size);
  if (!size) return failure(size.error());
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* base =
      mmap(nullptr, page + *size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return failure(errno);
  Mapping mapping(static_cast<std::byte*>(base), page + *size);
  void* shared = mmap(mapping.base() + page, *size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_FIXED | MAP_POPULATE, memory.get(), 0);
  if (shared == MAP_FAILED) return failure(errno);
  return mapping;
}

}  // namespace mediaplane::abi
