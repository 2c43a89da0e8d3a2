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
  kSubCommand = 3,         // Not allowed after this command, or not understood.
  kSyntax = 5,             // Nothing there, too many words, a NUL byte.
  kRecordingModifier = 6,  // One that R and N know, in the wrong place.
  kUnknownRecordingModifier = 7,
  kDeleteModifier = 8,
  kExternalNetwork = 11,  // E without a second network, or as the third of its kind.
  kInternalNetwork = 12,  // The same for I.
  kCodecs = 14,
  kPlayCount = 17,
  kInformationModifier = 18,
  kQueryModifier = 19,
  kUpdateModifier = 35,
  kNoCodecs = 35,      // P asks for the codecs of a party that said none.
  kNoSuchFamily = 36,  // No local address of the family that the command asks for.
  kBadAddress = 37,
  kNoSuchSession = 50,
  kNotRecorded = 50,  // R could not begin, or N found nothing to end.
  kNoPrompt = 60,
  kUnknownCounter = 62,
  kNoPortForKnownSession = 71,
  kNoPortForNewSession = 72,
  kNotifyNotPermitted = 75,
  kNoMemory = 81,  // For a new session.
  // The data plane is away or did not confirm. OpenSIPS switches a relay off for a minute when it
  // sees E7 to E10, so such a passing state has a number of its own.
  kDataplaneAway = 98,
  kDraining = 99,  // No new sessions before the program ends.
};

}  // namespace mediaplane
