// SPDX-License-Identifier: BSD-2-Clause
// A file descriptor with one owner.
#pragma once

#include <utility>

#include <unistd.h>

namespace mediaplane::phones {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& from) noexcept : fd_(std::exchange(from.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& from) noexcept {
    std::swap(fd_, from.fd_);
    return *this;
  }
  ~UniqueFd() {
    if (fd_ >= 0) ::close(fd_);
  }

  int value() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace mediaplane::phones
