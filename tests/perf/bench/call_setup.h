// SPDX-License-Identifier: BSD-2-Clause
// How the calls of a benchmark come to be and end at the relay: by the bench itself over the attach
// socket (ring_setup.h), or by a control plane (control_setup.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "dataplane/net/result.h"
#include "tests/perf/bench/calls.h"

namespace mediaplane::bench {

class CallSetup {
 public:
  CallSetup() = default;
  CallSetup(const CallSetup&) = delete;
  CallSetup& operator=(const CallSetup&) = delete;
  virtual ~CallSetup() = default;

  // Sets these calls up as the sessions from `first` on. Where the relay chooses the local
  // endpoints they are set afterwards. Errors are texts.
  virtual Result<void, std::string> set_up(std::span<Call> calls, std::uint32_t first) = 0;
  virtual Result<void, std::string> tear_down(std::uint32_t session) = 0;
  // What was said unasked, such as addresses learned, is thrown away; to be called now and then.
  virtual void forget_events() = 0;
};

}  // namespace mediaplane::bench
