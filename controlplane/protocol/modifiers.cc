// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/protocol/modifiers.h"

namespace mediaplane {

Result<void, ErrorCode> apply_update_modifiers(std::string_view modifiers, UpdateCommand& command) {
  for (const char modifier : modifiers) {
    switch (upper(modifier)) {
      case 'A':
        command.is_asymmetric = true;
        break;
      case 'S':
        command.is_asymmetric = false;
        break;
      case 'W':
        command.is_weak = true;
        break;
      case '6':
        command.family = IpFamily::kIpv6;
        break;
      case 'E':  // Directions need two networks to bridge.
        return failure(ErrorCode::kExternalWithoutBridge);
      case 'I':
        return failure(ErrorCode::kInternalWithoutBridge);
      default:
        return failure(ErrorCode::kUpdateModifier);
    }
  }
  return {};
}

Result<void, ErrorCode> apply_delete_modifiers(std::string_view modifiers, DeleteCommand& command) {
  for (const char modifier : modifiers) {
    if (upper(modifier) != 'W') return failure(ErrorCode::kDeleteModifier);
    command.is_weak = true;
  }
  return {};
}

}  // namespace mediaplane
