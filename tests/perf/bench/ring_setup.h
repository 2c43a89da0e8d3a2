// SPDX-License-Identifier: BSD-2-Clause
// The bench as its own control plane: it attaches to the relay path as one, and sends messages.
#pragma once

#include <memory>
#include <vector>

#include "config/config.h"
#include "controlplane/link/attachment.h"
#include "dataplane/abi/message_io.h"
#include "tests/perf/bench/call_setup.h"
#include "tests/perf/bench/subject.h"

namespace mediaplane::bench {

class RingSetup : public CallSetup {
 public:
  // The subject offers the configuration's attach socket, and outlives the object.
  static Result<std::unique_ptr<RingSetup>, std::string> attach(Subject& subject,
                                                                const Config& config);

  Result<void, std::string> set_up(std::span<Call> calls, std::uint32_t first) override;
  Result<void, std::string> tear_down(std::uint32_t session) override;
  void forget_events() override;

 private:
  RingSetup(Subject& subject, const Config& config)
      : subject_(subject), locals_(config.local_addresses()) {}
  bool send_session(const Call& call, std::uint32_t session);
  Result<void, std::string> await_replies(std::uint32_t count);

  Subject& subject_;
  std::vector<IpAddress> locals_;
  abi::FileDescriptor socket_;
  std::unique_ptr<Attachment> attachment_;
  std::vector<std::uint32_t> generations_;  // By session.
  std::uint64_t requests_ = 0;
  abi::Message message_;
};

}  // namespace mediaplane::bench
