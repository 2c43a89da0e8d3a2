// SPDX-License-Identifier: BSD-2-Clause
// Text on its way to a descriptor that nobody may be reading.
//
// A write to a full pipe, a stopped terminal or a disk that hangs waits for whoever is at the other
// end. Here only a thread waits that has nothing else to do; whoever writes goes on at once. What
// does not fit into the queue is lost, the oldest first, and counted in a line of its own.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <thread>

namespace mediaplane {

// Some thousand lines; as much again can be with the thread.
inline constexpr std::size_t kWriterCapacity = std::size_t{512} << 10;

class Writer {
 public:
  // The thread runs on the CPUs of the one that makes it, and takes no signals.
  explicit Writer(std::size_t capacity = kWriterCapacity);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  // Waits for half a second at most until all is written.
  ~Writer();

  // From any thread. Texts for all descriptors are written in the order in which they came.
  void write(int descriptor, std::string text);

 private:
  struct Queue;

  std::shared_ptr<Queue> queue_;  // The thread's too: it may hang for longer than we live.
  std::thread thread_;
};

}  // namespace mediaplane
