// SPDX-License-Identifier: BSD-2-Clause
// The numbers behind the `E` of a refusal, as rtpproxy has numbered them since 2014, and
// mediaplane's own meaning of E98.
#pragma once

#include <cstdint>

namespace mediaplane {

enum class ErrorCode : std::uint16_t {
  kUnknownCommand = 0,
  kArgumentCount = 1,
  kModifiersNotAllowed = 2,
  kSubCommand = 3,  // Not allowed after this command, or not understood.
  kSyntax = 5,      // Nothing there, too many words, a NUL byte.
  kDeleteModifier = 8,
  kExternalNetwork = 11,  // E without a second network, or as the third of its kind.
  kInternalNetwork = 12,  // The same for I.
  kInformationModifier = 18,
  kQueryModifier = 19,
  kUpdateModifier = 35,
  kNoSuchFamily = 36,  // No local address of the family that the command asks for.
  kBadAddress = 37,
  kNoSuchSession = 50,
  kUnknownCounter = 62,
  kNoPortForKnownSession = 71,
  kNoPortForNewSession = 72,
  kNotifyNotPermitted = 75,
  // The data plane is away or did not confirm. OpenSIPS switches a relay off for a minute when it
  // sees E7 to E10, so such a passing state has a number of its own.
  kDataplaneAway = 98,
  kDraining = 99,  // No new sessions before the program ends.
};

}  // namespace mediaplane
