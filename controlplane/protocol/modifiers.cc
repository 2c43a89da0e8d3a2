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

Result<void, ErrorCode> apply_information_modifiers(std::string_view modifiers,
                                                    InformationCommand& command) {
  for (const char modifier : modifiers) {
    if (upper(modifier) == 'L') {
      command.with_load = true;
    } else if (upper(modifier) != 'B') {  // "Brief", which it always is.
      return failure(ErrorCode::kInformationModifier);
    }
  }
  return {};
}

Result<void, ErrorCode> apply_query_modifiers(std::string_view modifiers, QueryCommand& command) {
  for (const char modifier : modifiers) {
    if (upper(modifier) != 'V') return failure(ErrorCode::kQueryModifier);
    command.is_verbose = true;
  }
  return {};
}

}  // namespace mediaplane
