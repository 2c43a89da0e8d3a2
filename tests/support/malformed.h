// SPDX-License-Identifier: BSD-2-Clause
// Packets that are wrong, or that look wrong and are not: one row for each way, with what has to
// become of it. The same rows are a unit test and the seeds of the fuzzers.
//
// They travel a road where two calls are up, one of IPv4 on kWan and one of IPv6 on kLan, each
// between a phone (host 10, UDP port 4000) whose media comes to port 35000 and one that is host 20,
// port 5000.
#pragma once

#include <string_view>
#include <vector>

#include "tests/support/frame_edits.h"
#include "tests/support/plane.h"

namespace mediaplane::test {

struct MalformedRow {
  std::string_view name;
  Frame (*good)();  // One of the frames below, which meets no objection.
  Edit edit;
  std::string_view fate;  // As Fate says it. "forward": its payload is relayed as it is.

  Frame frame() const {
    auto frame = good();
    edit(frame);
    return frame;
  }
  std::uint16_t ethdev() const;  // Where it comes in.
};

// The phone's.
Frame good_media();
Frame good_media6();
Frame good_rtcp();
Frame good_arp();   // A question for our address.
Frame good_ping();  // With 8 bytes of data.
Frame good_ping6();
Frame good_solicitation();  // For our address.
Frame good_advertisement();

// Both calls. Their phones are known neighbours.
void set_up_calls(Plane& plane);

std::vector<MalformedRow> ethernet_rows();
std::vector<MalformedRow> arp_rows();
std::vector<MalformedRow> ipv4_rows();
std::vector<MalformedRow> ipv6_rows();
std::vector<MalformedRow> udp_rows();
std::vector<MalformedRow> icmp_rows();
std::vector<MalformedRow> discovery_rows();
std::vector<MalformedRow> rtp_rows();
std::vector<MalformedRow> rtcp_rows();
std::vector<MalformedRow> all_malformed_rows();

}  // namespace mediaplane::test
