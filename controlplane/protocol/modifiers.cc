// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/protocol/modifiers.h"

#include <algorithm>
#include <charconv>

namespace mediaplane {
namespace {

constexpr std::size_t kMaxNetworks = 2;

// Takes the codecs that `modifiers` begins with.
Result<void, ErrorCode> take_codecs(std::string_view& modifiers, UpdateCommand& command) {
  const auto codecs =
      modifiers.substr(0, std::min(modifiers.find_first_not_of("0123456789,"), modifiers.size()));
  if (codecs.empty() || !command.codecs.empty()) return failure(ErrorCode::kCodecs);
  command.codecs = codecs;
  modifiers.remove_prefix(codecs.size());
  return {};
}

}  // namespace

Result<void, ErrorCode> apply_update_modifiers(std::string_view modifiers,
                                               const ProtocolOptions& options,
                                               UpdateCommand& command) {
  const auto can_name_network = [&] {
    return options.is_bridging && command.networks.size() < kMaxNetworks;
  };
  while (!modifiers.empty()) {
    const char modifier = modifiers.front();
    modifiers.remove_prefix(1);
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
      case 'C':
        if (const auto taken = take_codecs(modifiers, command); !taken) return taken;
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

Result<void, ErrorCode> apply_play_modifiers(std::string_view modifiers, PlayCommand& command) {
  if (modifiers.empty()) return {};
  const auto* end = modifiers.data() + modifiers.size();
  const auto [rest, error] = std::from_chars(modifiers.data(), end, command.count);
  if (error != std::errc{} || rest != end) return failure(ErrorCode::kPlayCount);
  return {};
}

Result<void, ErrorCode> apply_record_modifiers(std::string_view modifiers, RecordCommand& command) {
  for (const char modifier : modifiers) {
    if (upper(modifier) == 'P') return failure(ErrorCode::kRecordingModifier);
    if (upper(modifier) != 'S') return failure(ErrorCode::kUnknownRecordingModifier);
    command.in_one_file = true;
  }
  return {};
}

Result<void, ErrorCode> apply_end_recording_modifiers(std::string_view modifiers,
                                                      EndRecordingCommand& command) {
  if (modifiers.empty()) return {};
  if (upper(modifiers.front()) != 'A') return failure(ErrorCode::kUnknownRecordingModifier);
  if (modifiers.size() > 1) return failure(ErrorCode::kRecordingModifier);
  command.of_both = true;
  return {};
}

}  // namespace mediaplane
