// SPDX-License-Identifier: BSD-2-Clause
// Who has which address on the link: what ARP (RFC 826) and neighbour discovery (RFC 4861) say, in
// one form, so that all that follows from it is written once.
//
// A *question* asks one address for its MAC, or everybody as long as it is not known. An *answer*
// tells it the asker, or everybody if the asker only probes for duplicates and has no address yet.
// A *probe* of ours does that for our address (RFC 5227, RFC 4862), an *announcement* tells it to
// everybody unasked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "dataplane/net/address.h"

namespace mediaplane {

struct Station {
  MacAddress mac{};
  IpAddress ip;
};

struct Discovery {
  Station sender;    // Whose MAC is told. The null address: it probes.
  IpAddress target;  // Whose MAC is asked for; in an answer the one that it is meant for.
  bool asks = false;
  bool answers = false;  // It says that it answers the target's question.
};

// Every message of ours fits into so many bytes.
inline constexpr std::uint16_t kMaxDiscoveryBytes = 86;

// Each writes a whole frame from `us` and returns its length.

// `known`: the MAC that the target had until now, which is asked alone; null asks everybody.
std::uint16_t write_question(std::byte* frame, const Station& us, const IpAddress& target,
                             const MacAddress* known);
std::uint16_t write_answer(std::byte* frame, const Station& us, const Station& asker);
std::uint16_t write_probe(std::byte* frame, const Station& us);
std::uint16_t write_announcement(std::byte* frame, const Station& us);

}  // namespace mediaplane
