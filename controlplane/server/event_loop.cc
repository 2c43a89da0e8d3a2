// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/server/event_loop.h"

#include <array>
#include <utility>

#include <sys/epoll.h>

namespace mediaplane {
namespace {

epoll_event event_of(EventLoop::Watch watch, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = watch;
  return event;
}

}  // namespace

EventLoop::EventLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

EventLoop::Watch EventLoop::watch(int descriptor, std::uint32_t events, Handler handler) {
  const auto watch = ++last_watch_;
  auto event = event_of(watch, events);
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event);
  watched_[watch] = std::make_shared<Watched>(Watched{descriptor, std::move(handler)});
  return watch;
}

void EventLoop::change(Watch watch, std::uint32_t events) {
  auto event = event_of(watch, events);
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, watched_.at(watch)->descriptor, &event);
}

void EventLoop::forget(Watch watch) {
  const auto watched = watched_.find(watch);
  if (watched == watched_.end()) return;
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, watched->second->descriptor, nullptr);
  watched_.erase(watched);
}

void EventLoop::run_once(std::chrono::milliseconds timeout) {
  // Few at once, as the one who comes next waits for all of them. Who is left over is first then.
  std::array<epoll_event, 64> events;
  const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                               static_cast<int>(timeout.count()));
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    const auto found = watched_.find(event.data.u64);
    if (found == watched_.end()) continue;  // Forgotten by a handler before this one.
    const auto watched = found->second;     // Kept while its handler may forget it.
    // The handlers before this one may have taken a while.
    watched->handler(event.events, std::chrono::steady_clock::now());
  }
}

}  // namespace mediaplane
