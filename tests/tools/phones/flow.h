// SPDX-License-Identifier: BSD-2-Clause
// One flow seen from both ends: what was sent and when, and what became of it. The only judge of
// the tool: a datagram is right, or it is counted under what is wrong with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tests/tools/phones/packet.h"
#include "tests/tools/phones/party.h"

namespace mediaplane::phones {

struct Tally {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;  // Different right packets.
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;     // Came after one that was sent later.
  std::uint64_t wrong_source = 0;  // Not from the endpoint that the relay had named.
  std::uint64_t wrong_content = 0;
  std::uint64_t send_errors = 0;

  std::uint64_t lost() const { return sent - received; }
  std::uint64_t wrong() const { return wrong_source + wrong_content + send_errors; }
  bool is_clean() const { return lost() + duplicated + reordered + wrong() == 0; }
  Tally& operator+=(const Tally& other);
};

class Flow {
 public:
  explicit Flow(const FlowIdentity& identity) : identity_(identity) {}

  std::vector<std::byte> next_packet() const;
  void note_sent(Time now);
  void note_send_error() { ++tally_.send_errors; }

  // Judges a datagram; the time it took if it is a right one that came for the first time.
  std::optional<Clock::duration> receive(std::span<const std::byte> datagram, bool is_source_right,
                                         Time now);

  const Tally& tally() const { return tally_; }
  // Packets sent before a moment that have not come yet.
  std::uint64_t missing_since(Time moment) const;

 private:
  struct Sent {
    Time at;
    bool has_arrived = false;
  };

  FlowIdentity identity_;
  Tally tally_;
  std::vector<Sent> sent_;
  std::uint32_t next_expected_ = 0;  // One behind the latest that has arrived.
};

}  // namespace mediaplane::phones
