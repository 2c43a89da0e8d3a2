// SPDX-License-Identifier: BSD-2-Clause
// Brings the wishes of the control plane to the data plane and keeps the two in agreement.
//
// A change is *set* for a command that waits for it: confirmed, refused, or missed after 500 ms or
// when the link goes. Whatever has become doubtful or superfluous (a missed change, a deleted
// session) is *reconciled*: the data plane is told the truth of the session store again, until it
// confirms; only then do the resources that the session no longer has go back to their pools.
//
// A great many removals at once go some thousand at a time, so that the ring has room for offers
// and answers. These may overtake them, as nothing else concerns sessions that are gone.
//
// After one miss nothing more is sent until the data plane's heartbeat moves; then everything that
// is left to reconcile goes first. As the ring keeps the order, no command can overtake the
// correction of its predecessor.
//
// A data plane that attaches is first synchronized with: it has done whatever it was told, and its
// sessions stand still. Then its owner says of which sessions the two may think differently, and
// until the data plane has confirmed all of those there is no delivery.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <vector>

#include "controlplane/call/dataplane_link.h"
#include "controlplane/call/session.h"
#include "controlplane/call/session_store.h"

namespace mediaplane {

enum class Outcome : std::uint8_t {
  kConfirmed,
  kRefused,  // Nothing has changed in the data plane.
  kNoRoom,   // The same, because a table of the data plane is full.
  kMissed,   // Nobody knows; to be reconciled.
};

inline constexpr std::chrono::milliseconds kConfirmationTimeout{500};

// With so many requests in flight, removals wait.
inline constexpr std::size_t kCrowd = 2048;

class Delivery {
 public:
  using SetDone = std::function<void(Outcome outcome, Time now)>;
  using ReconcileDone = std::function<void(Time now)>;

  Delivery(DataplaneLink& link, SessionStore& store) : link_(link), store_(store) {}

  bool is_ready() const { return phase_ == Phase::kReady && is_healthy_; }

  // False: nothing was sent, and `done` will not be called.
  bool set(const abi::Session& state, std::string_view call_id, std::string_view from_tag,
           std::string_view extra, Time now, SetDone done);

  // Makes the data plane have what the store says about this session (that it is not there, if it
  // is not), then lets go of `held`. True: `done` will be called once that is confirmed or missed;
  // false: it is left for later, and nobody will be told.
  bool reconcile(abi::SessionId session, Resources held, Time now, ReconcileDone done);

  enum class Stage : std::uint8_t {
    kUnchanged,
    kStandsStill,  // Synchronized: now to be told what to bring.
    kReady,        // The last that was to be brought is confirmed.
  };

  void attached();
  void lost(Time now);
  // What that reply has led to.
  Stage replied(RequestNumber request, abi::Status status, Time now);
  // Makes the data plane have what the store says of these sessions, in this order. True if there
  // was nothing to do: ready.
  bool bring(std::vector<abi::SessionId> sessions, Time now);
  // Looks after missing confirmations and their end; often enough for a 500 ms time-out.
  void tick(Time now);

 private:
  enum class Phase : std::uint8_t { kAway, kSynchronizing, kReplaying, kReady };

  struct Loose {
    abi::SessionId session;
    Resources held;
    ReconcileDone done;
    RequestNumber request = 0;  // 0: not sent.
  };
  using LooseList = std::list<Loose>;

  // Exactly one of the two ways to go on is set.
  struct Request {
    Time deadline;
    SetDone set_done;
    LooseList::iterator loose{};
  };

  bool send_truth(RequestNumber request, abi::SessionId id);
  bool send_loose(LooseList::iterator loose, Time now);
  void send_backlog(Time now);
  void drop_backlog(Time now);
  void miss(Time now);
  void recover(Time now);
  void replay_more();
  void replay_confirmed(RequestNumber request, abi::Status status);
  bool became_ready(Time now);

  DataplaneLink& link_;
  SessionStore& store_;
  Phase phase_ = Phase::kAway;
  bool is_healthy_ = true;
  std::uint32_t heartbeat_at_miss_ = 0;
  RequestNumber last_request_ = 0;
  // In the order of sending, so also of their deadlines.
  std::map<RequestNumber, Request> requests_;
  LooseList loose_;
  LooseList backlog_;  // Removals whose turn has not come; empty unless others are in flight.
  RequestNumber synchronizing_ = 0;
  std::vector<abi::SessionId> replay_;  // Still to be sent, the last one first.
  std::map<RequestNumber, abi::SessionId> replaying_;
};

}  // namespace mediaplane
