// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/recording_directory.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mediaplane {
namespace {

constexpr mode_t kMode = 0640;

abi::FileDescriptor open_directory(const std::string& path) {
  return abi::FileDescriptor(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

Result<abi::FileDescriptor, int> create_in(int directory, const std::string& name) {
  // A new file, not the old one cut short: who still writes or reads the old one is not disturbed.
  if (unlinkat(directory, name.c_str(), 0) != 0 && errno != ENOENT) return failure(int{errno});
  abi::FileDescriptor file(
      openat(directory, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kMode));
  if (!file) return failure(int{errno});
  return file;
}

bool is_named(const abi::FileDescriptor& file, int directory, const std::string& name) {
  struct stat ours {};
  struct stat named {};
  return fstat(file.get(), &ours) == 0 &&
         fstatat(directory, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

// 0 or errno.
int copy_all(int from, int to) {
  std::array<std::byte, 65536> buffer;
  off_t offset = 0;
  for (;;) {
    const auto got = pread(from, buffer.data(), buffer.size(), offset);
    if (got <= 0) return got == 0 ? 0 : errno;
    for (ssize_t done = 0; done < got;) {
      const auto written = write(to, buffer.data() + done, static_cast<std::size_t>(got - done));
      if (written < 0) return errno;
      done += written;
    }
    offset += got;
  }
}

}  // namespace

Result<void, std::string> RecordingDirectory::check(const std::string& directory,
                                                    const std::string& spool) {
  for (const auto& path : {directory, spool}) {
    if (path.empty()) continue;
    const bool is_directory{open_directory(path)};
    if (!is_directory || access(path.c_str(), W_OK | X_OK) != 0) {
      return failure("recordings cannot be written to " + path + ": " +
                     std::generic_category().message(errno));
    }
  }
  return {};
}

Result<abi::FileDescriptor, int> RecordingDirectory::create(const std::string& name) {
  // Opened anew each time: it may have been moved away and made again.
  const auto directory = open_directory(growing());
  if (!directory) return failure(int{errno});
  const std::lock_guard lock(names_);
  return create_in(directory.get(), name);
}

Result<abi::FileDescriptor, int> RecordingDirectory::reopen(const std::string& name) {
  const auto directory = open_directory(growing());
  if (!directory) return failure(int{errno});
  abi::FileDescriptor file(
      openat(directory.get(), name.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) return failure(int{errno});
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return failure(int{errno});
  if (!S_ISREG(status.st_mode)) return failure(EINVAL);
  return file;
}

int RecordingDirectory::publish(const abi::FileDescriptor& file, const std::string& name) {
  if (spool_.empty()) return 0;
  const auto from = open_directory(spool_);
  const auto to = open_directory(directory_);
  if (!from || !to) return errno;
  {
    const std::lock_guard lock(names_);
    if (!is_named(file, from.get(), name)) return 0;
    if (renameat(from.get(), name.c_str(), to.get(), name.c_str()) == 0) return 0;
    if (errno != EXDEV) return errno;
  }
  return publish_copy(file, name, from.get(), to.get());
}

// To another file system: under a name of passage first, so that what has its name is complete.
int RecordingDirectory::publish_copy(const abi::FileDescriptor& file, const std::string& name,
                                     int from, int to) {
  const auto passage = "." + name + ".part";
  const auto copy = create_in(to, passage);
  if (!copy) return copy.error();
  auto error = copy_all(file.get(), copy->get());
  const std::lock_guard lock(names_);
  if (error == 0 && renameat(to, passage.c_str(), to, name.c_str()) != 0) error = errno;
  if (error != 0) {
    unlinkat(to, passage.c_str(), 0);
  } else if (is_named(file, from, name)) {
    unlinkat(from, name.c_str(), 0);
  }
  return error;
}

}  // namespace mediaplane
