// SPDX-License-Identifier: BSD-2-Clause
// The ethdev ports of the configuration: found, checked, set up with one receive and one transmit
// queue for each worker, started; stopped and closed when the object goes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "dataplane/net/result.h"
#include "dataplane/pipeline/context.h"
#include "dataplane/port/eal.h"
#include "dataplane/port/kernel_links.h"
#include "dataplane/port/multicast.h"

struct rte_mempool;

namespace mediaplane {

struct Port {
  const PortConfig* config = nullptr;
  std::uint16_t ethdev = 0;
  std::uint16_t queues = 0;       // Queue pairs; at most one for each worker.
  std::uint32_t keeps_mbufs = 0;  // So many at most its driver does not give back at the end.
  MacAddress mac{};
  bool checks_ipv4 = false;
  Hearing hearing = Hearing::kNotNeeded;
  std::uint32_t interface = 0;  // The kernel's, behind a virtual device; 0 = none.
  Link link = Link::kUnknown;
};

const char* name_of(Link link);
// As its driver counts them.
std::uint64_t packets_sent(const Port& port);

struct LinkChange {
  std::uint16_t ethdev = 0;
  bool is_up = false;
};

// Packet buffers when all ports are closed.
struct MbufsLeft {
  std::uint32_t in_use = 0;
  std::uint32_t kept = 0;  // By drivers, at most; see Port::keeps_mbufs.
  std::uint32_t size = 0;  // Of the pool.

  bool is_right() const { return in_use <= kept; }
};

class Ports {
 public:
  // Opens all ports of a configuration, which must outlive the object.
  static Result<std::unique_ptr<Ports>, MissingResource> open(const Config& config,
                                                              rte_mempool* pool);
  Ports(const Ports&) = delete;
  Ports& operator=(const Ports&) = delete;
  ~Ports();

  // Of all drivers together, see Port::keeps_mbufs.
  std::uint32_t keep_mbufs() const;
  const std::vector<Port>& all() const { return ports_; }
  // What the packet path knows of the ports, by ethdev number.
  std::vector<LocalPort> local_ports() const;
  // What became of the links since the last call, in its order; it stands in the log. The kernel
  // tells of its interfaces; `look` asks all devices as well, which is worth it once a second. A
  // device without link is asked each time.
  std::vector<LinkChange> follow_links(bool look);

 private:
  Ports() = default;
  Link look_at(const Port& port) const;
  void note(Port& port, Link link, std::vector<LinkChange>& changes);

  std::vector<Port> ports_;
  KernelLinks kernel_;
};

}  // namespace mediaplane
