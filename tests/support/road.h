// SPDX-License-Identifier: BSD-2-Clause
// A Plane and what stands around it in the real data plane: each packet goes on to where its
// verdict says, to the slow path too, and the books are kept as the two programs keep them. Frames
// go in, the last word on each of them comes out.
#pragma once

#include <string_view>
#include <vector>

#include "dataplane/housekeeper/slow_path.h"
#include "tests/support/plane.h"

namespace mediaplane::test {

struct Fate {
  // The name of a verdict, or what the slow path made of a packet that is not dropped: "answered",
  // "consumed" or "held".
  std::string_view name;
  Frame sent;  // What is transmitted in its place, if anything is at once.
};

class Road {
 public:
  explicit Road(Plane& plane)
      : plane_(plane),
        slow_path_(plane.shared().ports, plane.neighbours(), plane.fragments(), plane.outbox()),
        surplus_(surplus()) {}
  ~Road() {
    plane_.neighbours().drop_held(Verdict::kStopping);
    plane_.fragments().drop_held(Verdict::kStopping);
  }
  Road(const Road&) = delete;
  Road& operator=(const Road&) = delete;

  // One burst.
  std::vector<Fate> travel(const std::vector<Frame>& frames, std::uint16_t ethdev);
  Fate travel(const Frame& frame, std::uint16_t ethdev) {
    return travel(std::vector<Frame>{frame}, ethdev).front();
  }
  // The housekeeper's turns for so many ticks.
  void pass(Tick ticks);
  // What was put together of fragments since this was called last, and what became of it.
  std::vector<Fate> put_together() { return std::exchange(put_together_, {}); }
  // What the housekeeper has sent since this was called last.
  std::vector<Frame> sent() {
    collect();
    return std::exchange(sent_, {});
  }

  // received + generated = transmitted + dropped + consumed + held, and no buffer is elsewhere.
  bool balances();
  std::uint64_t packets() const { return received_; }

 private:
  Fate end_of(const Burst& burst, std::uint32_t i, std::uint16_t ethdev);
  Fate slow_end_of(const Punt& punt);
  void collect();
  void process(rte_mbuf* mbuf, std::uint16_t ethdev);
  // What the housekeeper has brought in less what it has put out.
  std::int64_t surplus() const;

  Plane& plane_;
  SlowPath slow_path_;
  std::vector<Frame> sent_;
  std::vector<Fate> put_together_;
  std::int64_t surplus_;  // When this road was opened.
  std::uint64_t received_ = 0;
  std::uint64_t transmitted_ = 0;
  std::uint64_t dropped_ = 0;  // By the worker.
};

}  // namespace mediaplane::test
