// SPDX-License-Identifier: BSD-2-Clause
#include "tests/tools/phones/event_loop.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <sys/epoll.h>
#include <sys/timerfd.h>

namespace mediaplane::phones {

EventLoop::EventLoop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  watch(timer_.value(), [this] {
    std::uint64_t expirations = 0;
    [[maybe_unused]] const auto bytes = ::read(timer_.value(), &expirations, sizeof expirations);
    armed_for_ = Time{};
  });
}

void EventLoop::watch(int fd, Action on_readable) {
  watched_[fd] = std::move(on_readable);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  ::epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, fd, &event);
}

void EventLoop::forget(int fd) {
  ::epoll_ctl(epoll_.value(), EPOLL_CTL_DEL, fd, nullptr);
  watched_.erase(fd);
}

void EventLoop::at(Time due, Action action) {
  agenda_.push({due, next_number_++, std::move(action)});
}

void EventLoop::run() {
  std::array<epoll_event, 64> events{};
  while (is_running_) {
    run_due();
    if (!is_running_) return;
    arm_timer();
    const int count =
        ::epoll_wait(epoll_.value(), events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) dispatch(events[static_cast<std::size_t>(i)].data.fd);
  }
}

void EventLoop::run_due() {
  const Time now = Clock::now();
  while (!agenda_.empty() && agenda_.top().due <= now) {
    worst_delay_ = std::max(worst_delay_, now - agenda_.top().due);
    const Action action = agenda_.top().action;
    agenda_.pop();
    action();
  }
}

void EventLoop::arm_timer() {
  if (agenda_.empty() || agenda_.top().due == armed_for_) return;
  armed_for_ = agenda_.top().due;
  const auto ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(armed_for_.time_since_epoch()).count();
  itimerspec spec{};
  spec.it_value.tv_sec = ns / 1'000'000'000;
  spec.it_value.tv_nsec = ns % 1'000'000'000;
  ::timerfd_settime(timer_.value(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

// An earlier action of the same round may have closed the descriptor.
void EventLoop::dispatch(int fd) {
  const auto found = watched_.find(fd);
  if (found == watched_.end()) return;
  const Action action = found->second;
  action();
}

}  // namespace mediaplane::phones
