// SPDX-License-Identifier: BSD-2-Clause
// Sessions and settings for the tests of the pure rules.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "controlplane/call/service.h"
#include "controlplane/protocol/parse.h"

namespace mediaplane {

inline constexpr std::uint32_t kCallee = 0;
inline constexpr std::uint32_t kCaller = 1;

inline const ServiceSettings kSettings{{*parse_ip("192.0.2.9"), *parse_ip("2001:db8::9")},
                                       {*parse_ip("192.0.2.9"), *parse_ip("2001:db8::9")},
                                       {0, 1},
                                       false,
                                       true,
                                       abi::Learning::kAdaptive,
                                       0xb8};

// Sessions of one call with these from-tags, in the order of creation.
class Call {
 public:
  explicit Call(std::vector<std::string> from_tags) : sessions_(from_tags.size()) {
    for (std::uint32_t i = 0; i < sessions_.size(); ++i) {
      sessions_[i].from_tag = from_tags[i];
      sessions_[i].state.id = {i, 1};
      sessions_[i].state.sides[kCallee].udp_port = 35000;
      sessions_[i].state.control_flags = kStrong;
      pointers_.push_back(&sessions_[i]);
    }
  }

  std::span<const CallSession* const> sessions() const { return pointers_; }
  abi::Session& operator[](std::size_t i) { return sessions_[i].state; }

 private:
  std::vector<CallSession> sessions_;
  std::vector<const CallSession*> pointers_;
};

template <typename T>
T command(const std::string& text) {
  return std::get<T>(*parse_command(text));
}

}  // namespace mediaplane
