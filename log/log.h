// SPDX-License-Identifier: BSD-2-Clause
// The log of a program, on standard error, and what it prints: through a writer, so that nobody
// waits for whoever should read it.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

namespace mediaplane {

class Writer;

class Log {
 public:
  // From now on spdlog's default logger writes here. To be made once, by main().
  explicit Log(const std::string& program);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  // What has been logged and printed is written, if anybody reads it.
  ~Log();

  // To standard output, as it is.
  void print(std::string text) const;

  // For libraries that log into a stream. Null if there is no memory; never to be closed.
  std::FILE* stream() const { return stream_; }

 private:
  std::shared_ptr<Writer> writer_;
  std::FILE* stream_ = nullptr;
};

}  // namespace mediaplane
