// SPDX-License-Identifier: BSD-2-Clause
// Everything that a measurement needs, put together from the options: the relay path or the port to
// it, the calls set up, all sources locked.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/perf/bench/machine.h"
#include "tests/perf/bench/modes.h"

namespace mediaplane::bench {

// That of --config, or one of our own. The error is a text.
Result<Config, std::string> configuration_of(const Options& options);
MachineOptions machine_of(const Options& options);

class Setting {
 public:
  // After EAL has started; options and configuration outlive the object. The error is a text.
  static Result<std::unique_ptr<Setting>, std::string> create(const Options& options,
                                                              const Config& config);

  Bed bed() { return {options_, *subject_, one_lcore_, *setup_, calls_, *traffic_, *exchange_}; }

 private:
  explicit Setting(const Options& options) : options_(options) {}
  Result<void, std::string> make_subject(const Config& config);
  Result<void, std::string> make_setup(const Config& config);
  Result<void, std::string> make_calls(const Config& config);

  const Options& options_;
  std::unique_ptr<Subject> subject_;
  RelayPath* one_lcore_ = nullptr;
  std::unique_ptr<CallSetup> setup_;
  std::vector<Call> calls_;
  std::unique_ptr<Traffic> traffic_;
  std::unique_ptr<Exchange> exchange_;
};

}  // namespace mediaplane::bench
