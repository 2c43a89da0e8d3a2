// SPDX-License-Identifier: BSD-2-Clause
// What the executor does when the link reports something.
#include <spdlog/spdlog.h>

#include "controlplane/call/executor.h"
#include "controlplane/protocol/escape.h"

namespace mediaplane {
namespace {

// Where the data plane that goes away had its peers: the next one is to go on there.
void remember_learned(CallSession& session, const abi::Region& region) {
  for (const auto side : {abi::Side::kCallee, abi::Side::kCaller}) {
    const auto learned = [&](abi::Component component) {
      return region.learned_endpoint(abi::flow_index(session.id().index, side, component))
          .read(Endpoint{});
    };
    auto& state = side_of(session.state, side);
    if (const auto rtp = learned(abi::Component::kRtp); rtp.is_set()) state.learned_rtp = rtp;
    if (const auto rtcp = learned(abi::Component::kRtcp); rtcp.is_set()) state.learned_rtcp = rtcp;
  }
}

void forget_learned(CallSession& session) {
  for (auto& side : session.state.sides) side.learned_rtp = side.learned_rtcp = Endpoint{};
}

}  // namespace

void Executor::on_attached(Time) {
  if (media_.player != nullptr) media_.player->use(link_.media_rings());
  if (media_.recorder != nullptr) media_.recorder->use(link_.media_rings());
  delivery_.attached();
}

void Executor::on_lost(Time now) {
  if (media_.player != nullptr) media_.player->use(nullptr);
  if (media_.recorder != nullptr) media_.recorder->use(nullptr);
  udp_ports_.advance(now);
  last_instance_ = link_.region()->layout().instance;
  for (const auto id : store_.ids()) {
    auto& session = *store_.find(id);
    remember_learned(session, *link_.region());
    session.past_packets = std::make_unique<PacketsBySide>(packets_of(session, link_.region()));
  }
  delivery_.lost(now);
}

void Executor::on_reply(RequestNumber request, abi::Status status, Time now) {
  udp_ports_.advance(now);
  switch (delivery_.replied(request, status, now)) {
    case Delivery::Stage::kUnchanged:
      return;
    case Delivery::Stage::kStandsStill:
      if (!delivery_.bring(has_taken_over_ ? reconcile_all() : take_over(), now)) return;
      break;
    case Delivery::Stage::kReady:
      break;
  }
  become_ready(now);
}

// The data plane's clock may be another one, and nobody could be heard meanwhile.
void Executor::become_ready(Time now) {
  for (const auto id : store_.ids()) {
    auto& session = *store_.find(id);
    forget_learned(session);
    session.refreshed.fill(present_tick());
  }
  has_been_ready_ = true;
  spdlog::info("the data plane is attached and has all sessions ({})", store_.size());
  look_after_playbacks(now);
}

void Executor::on_learned(const abi::Learned& learned) {
  const auto* session = store_.find(learned.session);
  if (session == nullptr) return;
  const auto* side = learned.side == abi::Side::kCaller ? "caller" : "callee";
  const auto* component = learned.component == abi::Component::kRtp ? "RTP" : "RTCP";
  const auto call =
      "call-id " + escaped(session->call_id) + " from-tag " + escaped(session->from_tag);
  if (learned.endpoint.is_set()) {
    spdlog::info("address learned: {}, {} of the {} at {}", call, component, side,
                 to_string(learned.endpoint));
  } else {
    spdlog::info("address forgotten: {}, {} of the {}", call, component, side);
  }
}

}  // namespace mediaplane
