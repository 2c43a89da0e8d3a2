// SPDX-License-Identifier: BSD-2-Clause
#include "config/hello.h"

namespace mediaplane {

abi::Hello hello_of(const Config& config) {
  abi::Hello hello;
  hello.session_capacity = config.dataplane.max_sessions;
  for (const auto& address : config.local_addresses()) {
    hello.local_addresses.addresses[hello.local_addresses.count++] = address;
  }
  return hello;
}

}  // namespace mediaplane
