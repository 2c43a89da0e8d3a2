// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/protocol/modifiers.h"

namespace mediaplane {
namespace {

constexpr std::size_t kMaxNetworks = 2;

}  // namespace

Result<void, ErrorCode> apply_update_modifiers(std::string_view modifiers,
                                               const ProtocolOptions& options,
                                               UpdateCommand& command) {
  const auto can_name_network = [&] {
    return options.is_bridging && command.networks.size() < kMaxNetworks;
  };
  for (const char modifier : modifiers) {
    switch (upper(modifier)) {
      case 'A':
        command.is_symmetric = false;
        break;
      case 'S':
        command.is_symmetric = true;
        break;
      case 'W':
        command.is_weak = true;
        break;
      case '6':
        command.family = IpFamily::kIpv6;
        break;
      case 'E':
        if (!can_name_network()) return failure(ErrorCode::kExternalNetwork);
        command.networks.push_back(Network::kExternal);
        break;
      case 'I':
        if (!can_name_network()) return failure(ErrorCode::kInternalNetwork);
        command.networks.push_back(Network::kInternal);
        break;
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
