// SPDX-License-Identifier: BSD-2-Clause
// Calls by a running control plane: the bench is its SIP proxy, and says U, L and D on its Unix
// socket.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "tests/perf/bench/call_setup.h"
#include "tests/perf/bench/subject.h"

namespace mediaplane::bench {

class ControlSetup : public CallSetup {
 public:
  // The first Unix socket that the configuration has the control plane listen on. Waits until it
  // answers and its data plane is there. The subject outlives the object.
  static Result<std::unique_ptr<ControlSetup>, std::string> create(Subject& subject,
                                                                   const Config& config);
  ~ControlSetup() override;

  Result<void, std::string> set_up(std::span<Call> calls, std::uint32_t first) override;
  Result<void, std::string> tear_down(std::uint32_t session) override;
  void forget_events() override {}

 private:
  ControlSetup(Subject& subject, std::string path, std::vector<IpAddress> networks)
      : subject_(subject), path_(std::move(path)), networks_(std::move(networks)) {}
  // What a command on this party of the call has to say of networks and families.
  std::string modifiers(const Call& call, const Endpoint& party) const;
  // One command, and its answer without the end of the line.
  Result<std::string, std::string> ask(const std::string& command);
  Result<Endpoint, std::string> ask_for_endpoint(const std::string& command);
  Result<void, std::string> await_control_plane();

  Subject& subject_;
  std::string path_;
  std::vector<IpAddress> networks_;  // The internal and the external one's; none = no bridge.
  std::uint32_t calls_ = 0;
};

}  // namespace mediaplane::bench
