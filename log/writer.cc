// SPDX-License-Identifier: BSD-2-Clause
#include "log/writer.h"

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string_view>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace mediaplane {
namespace {

constexpr std::chrono::milliseconds kPatienceAtTheEnd{500};

struct Text {
  int descriptor;
  std::string bytes;
};

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      // Somebody who shares the descriptor has made it non-blocking.
      pollfd writable{descriptor, POLLOUT, 0};
      poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      return;  // The reader is gone, or the disk is full.
    }
  }
}

std::string lost_line(std::uint64_t lost) {
  return "(" + std::to_string(lost) + " messages were lost here: nobody read them in time)\n";
}

}  // namespace

struct Writer::Queue {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Text> texts;
  std::size_t bytes = 0;  // Of `texts`.
  std::size_t capacity = 0;
  std::uint64_t lost = 0;
  bool is_closing = false;
  bool is_done = false;

  void push(Text text) {
    const std::lock_guard lock(mutex);
    bytes += text.bytes.size();
    texts.push_back(std::move(text));
    while (bytes > capacity) {
      bytes -= texts.front().bytes.size();
      texts.pop_front();
      ++lost;
    }
    changed.notify_all();
  }

  void run() {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [this] { return !texts.empty() || lost > 0 || is_closing; });
      if (texts.empty() && lost == 0) break;
      const auto batch = std::exchange(texts, {});
      const auto missing = std::exchange(lost, 0);
      bytes = 0;
      lock.unlock();
      const int descriptor = batch.empty() ? STDERR_FILENO : batch.front().descriptor;
      if (missing > 0) write_all(descriptor, lost_line(missing));
      for (const auto& text : batch) write_all(text.descriptor, text.bytes);
      lock.lock();
    }
    is_done = true;
    changed.notify_all();
  }
};

Writer::Writer(std::size_t capacity) : queue_(std::make_shared<Queue>()) {
  queue_->capacity = capacity;
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([queue = queue_] { queue->run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Writer::~Writer() {
  std::unique_lock lock(queue_->mutex);
  queue_->is_closing = true;
  queue_->changed.notify_all();
  const bool is_done =
      queue_->changed.wait_for(lock, kPatienceAtTheEnd, [this] { return queue_->is_done; });
  lock.unlock();
  if (is_done) {
    thread_.join();
  } else {
    thread_.detach();  // It ends with the process.
  }
}

void Writer::write(int descriptor, std::string text) {
  queue_->push({descriptor, std::move(text)});
}

}  // namespace mediaplane
