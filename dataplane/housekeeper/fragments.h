// SPDX-License-Identifier: BSD-2-Clause
// Fragments in the slow path, both ways. What comes in fragments is put together and handed to a
// worker as if it had come in whole: it is looked up, admitted, measured and recorded there like
// any other packet, and teaches no sooner. What is too long for its way out is handed to us ready
// to go, and leaves in fragments.
//
// (Why not DPDK's rte_ip_frag: its fragments share the buffer of the whole packet, which ports that
// take back all buffers of a queue at once do not allow, and those of IPv6 all have the number 0.)
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "dataplane/housekeeper/neighbours.h"
#include "dataplane/housekeeper/outbox.h"
#include "dataplane/housekeeper/reassembly.h"
#include "dataplane/housekeeper/whole_frame.h"
#include "dataplane/pipeline/context.h"

struct rte_mempool;

namespace mediaplane {

// Which worker gets a datagram that has come in on a port: (datagram, port, worker that got its
// last fragment).
using ChooseWorker =
    std::function<std::uint32_t(const rte_mbuf&, std::uint16_t ethdev, std::uint32_t near)>;

struct FragmentMeans {
  // Buffers for what we put together. A datagram that any port could send in one piece is in one of
  // `packets`, as all that is sent; a longer one in one of `datagrams`, and ends in fragments here.
  rte_mempool* packets;
  rte_mempool* datagrams;
  ChooseWorker choose;
};

class Fragments {
 public:
  // Bytes of a buffer for the longest datagram, headroom included.
  static constexpr std::size_t room_for_longest() { return kUdpBegin + Reassembly::kLongest; }

  Fragments(const std::vector<LocalPort>& ports, FragmentMeans means, NeighbourTable& neighbours,
            Outbox& outbox)
      : ports_(ports),
        means_(std::move(means)),
        neighbours_(neighbours),
        outbox_(outbox),
        reassembly_(outbox) {}

  // A punted packet. False, and nothing has happened, if it is no fragment.
  bool take(const Punt& punt, Tick now);
  // A packet that is ready to go but for its length and the next hop's MAC.
  void split(const Punt& punt, Tick now);
  void tick(Tick now) { reassembly_.tick(now); }
  void drop_held(Verdict verdict) { reassembly_.drop_held(verdict); }

  std::uint64_t held() const { return reassembly_.held(); }
  const Reassembly& reassembly() const { return reassembly_; }

 private:
  void hand_in(const WholeDatagram& datagram, const Punt& punt);
  std::uint16_t next_id4();
  std::uint32_t next_id6();

  const std::vector<LocalPort>& ports_;
  FragmentMeans means_;
  NeighbourTable& neighbours_;
  Outbox& outbox_;
  Reassembly reassembly_;
  std::array<std::uint32_t, 64> random_{};  // Fetched at once,
  std::size_t random_left_ = 0;             // and not used yet.
  std::uint32_t id4_ = 0;                   // The last one, from a random begin on.
};

}  // namespace mediaplane
