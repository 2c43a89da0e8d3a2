// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/server/service_manager.h"

#include <systemd/sd-daemon.h>

namespace mediaplane {
namespace {

constexpr std::chrono::seconds kStatusPeriod{1};

}  // namespace

ServiceManager::ServiceManager() {
  std::uint64_t allowed_us = 0;
  if (sd_watchdog_enabled(0, &allowed_us) > 0) {
    watchdog_period_ = std::chrono::microseconds(allowed_us / 2);
  }
}

void ServiceManager::ready() {
  is_ready_ = true;
  sd_notify(0, "READY=1");
}

void ServiceManager::stopping() { sd_notify(0, "STOPPING=1"); }

void ServiceManager::tick(Time now, const std::string& status) {
  if (watchdog_period_.count() > 0 && now >= next_watchdog_) {
    next_watchdog_ = now + watchdog_period_;
    sd_notify(0, "WATCHDOG=1");
  }
  if (now < next_status_) return;
  next_status_ = now + kStatusPeriod;
  // To wait for the data plane is no failure to start: we are not to be killed for it.
  if (!is_ready_) sd_notify(0, "EXTEND_TIMEOUT_USEC=10000000");
  if (status == last_status_) return;
  last_status_ = status;
  sd_notify(0, ("STATUS=" + status).c_str());
}

}  // namespace mediaplane
