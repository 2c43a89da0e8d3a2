// SPDX-License-Identifier: BSD-2-Clause
// What is measured, seen from generator and sink: frames go in and come out. It is the relay's path
// within this program (relay_path.h), or a data plane behind a port (device.h).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include <rte_mbuf.h>

#include "dataplane/flow/table.h"
#include "dataplane/net/address.h"

namespace mediaplane::bench {

using Drops = std::map<std::string, std::uint64_t, std::less<>>;  // Packets, by verdict.

class Subject {
 public:
  Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  virtual ~Subject() = default;

  // The relay's MAC address.
  virtual MacAddress mac() const = 0;
  virtual rte_mempool* pool() = 0;
  // Takes the first of these packets, as many as there is room for; returns how many.
  virtual std::uint32_t put(std::span<rte_mbuf*> mbufs) = 0;
  // What has come out.
  virtual std::uint32_t take(std::span<rte_mbuf*, kBurst> mbufs) = 0;
  // Whatever else has to be done now and then; to be called often.
  virtual void serve() = 0;
  // What was dropped so far. Nothing if that cannot be known.
  virtual const Drops* drops() = 0;
  // After everything has come out: what is wrong with the relay's own books; empty if nothing is.
  virtual std::string fault_of_books() = 0;
  // True if it holds no packet any more; false if it does, or if that cannot be known.
  virtual bool is_drained() = 0;
  // How long it may keep a packet otherwise.
  virtual std::uint32_t patience_ms() const = 0;
};

// "no_session 12, spray 3"; empty if nothing was dropped.
std::string to_string(const Drops& drops);

}  // namespace mediaplane::bench
