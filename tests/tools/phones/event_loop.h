// SPDX-License-Identifier: BSD-2-Clause
// One thread, one epoll, one timerfd. What is due is kept by absolute time in a heap and the timer
// is set to its top, so that a delay never adds up: who is late sends at once and is on time again.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <unordered_map>
#include <vector>

#include "tests/tools/phones/fd.h"
#include "tests/tools/phones/party.h"

namespace mediaplane::phones {

class EventLoop {
 public:
  using Action = std::function<void()>;

  EventLoop();

  // Calls `on_readable` whenever the descriptor can be read or was closed by the other side.
  void watch(int fd, Action on_readable);
  void forget(int fd);  // To be called before the descriptor is closed.

  void at(Time due, Action action);
  void run();  // Until stop().
  void stop() { is_running_ = false; }

  // The longest that something due had to wait for its turn.
  Clock::duration worst_delay() const { return worst_delay_; }

 private:
  struct Item {
    Time due;
    std::uint64_t number;  // Things due at the same time keep their order.
    Action action;
  };
  struct Later {
    bool operator()(const Item& a, const Item& b) const {
      return a.due != b.due ? a.due > b.due : a.number > b.number;
    }
  };

  void arm_timer();
  void run_due();
  void dispatch(int fd);

  UniqueFd epoll_;
  UniqueFd timer_;
  std::unordered_map<int, Action> watched_;
  std::priority_queue<Item, std::vector<Item>, Later> agenda_;
  std::uint64_t next_number_ = 0;
  Time armed_for_{};
  Clock::duration worst_delay_{};
  bool is_running_ = true;
};

}  // namespace mediaplane::phones
