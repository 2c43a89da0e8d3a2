// SPDX-License-Identifier: BSD-2-Clause
// A call: its names, its two phones and the four flows between them.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "dataplane/net/address.h"
#include "dataplane/net/result.h"
#include "tests/tools/phones/fd.h"
#include "tests/tools/phones/flow.h"
#include "tests/tools/phones/options.h"
#include "tests/tools/phones/party.h"

namespace mediaplane::phones {

// Endpoints are those of RTP; RTCP has the next port.
struct Phone {
  std::array<UniqueFd, 2> sockets;  // Indexed by Component.
  Endpoint local;                   // Where it really is.
  Endpoint signalled;               // Where its SDP says that it is.
  Endpoint relay;                   // What the answer named: it sends there and hears from there.

  const UniqueFd& socket(Component component) const { return sockets[index_of(component)]; }
};

struct Call {
  std::uint32_t number = 0;
  std::string id;
  std::string from_tag;
  std::string to_tag;
  std::array<Phone, 2> phones;               // Indexed by Party.
  std::array<std::array<Flow, 2>, 2> flows;  // Indexed by the sending Party and Component.
  std::uint32_t packets_left = 0;            // Of RTP, each way.
  bool is_set_up = false;
  bool is_talking = false;

  Phone& phone(Party party) { return phones[index_of(party)]; }
  Flow& flow(Party sender, Component component) {
    return flows[index_of(sender)][index_of(component)];
  }
};

constexpr Endpoint for_component(Endpoint rtp, Component component) {
  if (component == Component::kRtcp) ++rtp.udp_port;
  return rtp;
}

// A call with random SSRCs and starts, not yet known to the relay.
Call make_call(const Options& options, std::uint32_t number);

// Its four sockets, in the parties' namespaces.
Result<void, std::string> open_sockets(Call& call, const Options& options);

}  // namespace mediaplane::phones
