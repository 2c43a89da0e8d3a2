// SPDX-License-Identifier: BSD-2-Clause
// What systemd is told about this process: that it is ready, how it stands, that its loop still
// turns, that it ends. Started by anything else, it tells nobody.
#pragma once

#include <chrono>
#include <string>

#include "controlplane/protocol/exchange.h"

namespace mediaplane {

class ServiceManager {
 public:
  ServiceManager();

  void ready();
  void stopping();

  // To be called every few hundredths of a second with a line for people, which is passed on at
  // most once a second.
  void tick(Time now, const std::string& status);

 private:
  std::chrono::microseconds watchdog_period_{0};  // 0: nobody waits for a sign of life.
  Time next_watchdog_{};
  Time next_status_{};
  std::string last_status_;
  bool is_ready_ = false;
};

}  // namespace mediaplane
