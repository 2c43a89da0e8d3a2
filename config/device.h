// SPDX-License-Identifier: BSD-2-Clause
// A port's device as DPDK spells it: a PCI address or a virtual device, with arguments behind a
// comma. EAL starts without a word when a virtual device's argument is misspelt, so the arguments
// of the drivers that people use are checked here, against what DPDK 22.11's drivers list in their
// PMD_INFO_STRING. A driver that is not in the table is left to EAL.
#pragma once

#include <string>
#include <string_view>

#include "dataplane/net/result.h"

namespace mediaplane::config {

struct DeviceError {
  std::string what;
  std::string hint;
};

// The device with a PCI address in its full form ("0000:03:00.0", small letters), or what is wrong
// with it.
Result<std::string, DeviceError> check_device(std::string_view text);

// The name that EAL gives the device: all before the first comma.
std::string_view device_name(std::string_view device);

bool is_virtual_device(std::string_view device);

}  // namespace mediaplane::config
