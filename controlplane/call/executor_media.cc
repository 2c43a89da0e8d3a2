// SPDX-License-Identifier: BSD-2-Clause
// P, S, R and N. What begins is begun when the data plane has confirmed that it plays along; what
// ends has ended at once, and the confirmation is only waited for.
#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

#include "controlplane/call/executor.h"
#include "controlplane/protocol/escape.h"
#include "controlplane/protocol/reply.h"

namespace mediaplane {
namespace {

using abi::Side;

// Whether a prompt for the party of a side would have a source and a destination.
bool has_way(const CallSession& session, Side side, const abi::Region& region) {
  const auto& state = session.side(side);
  if (state.udp_port == 0) return false;
  if (state.signalled.is_set() && state.signalled.udp_port != 0) return true;
  const auto flow = abi::flow_index(session.id().index, side, abi::Component::kRtp);
  return region.learned_endpoint(flow).read(Endpoint{}).is_set();
}

// True if it begins, false if it goes on.
bool begin(SideMedia& media, Time now) {
  media.is_due = false;
  auto& began = media.prompt->began;
  if (began) {
    media.playback->go_on(*began);
    return false;
  }
  began = now;
  media.playback->begin();
  return true;
}

}  // namespace

// Sends a session as it is to be; the store has it so when that is confirmed. False: nothing was
// sent, and `done` will not be called.
bool Executor::change(const abi::Session& wanted, Time now, const ChangeDone& done) {
  const auto& session = *store_.find(wanted.id);
  return delivery_.set(wanted, session.call_id, session.from_tag, encoded_extra_of(session), now,
                       [this, wanted, done](Outcome outcome, Time then) {
                         const bool is_confirmed = outcome == Outcome::kConfirmed;
                         if (is_confirmed) store_.find(wanted.id)->state = wanted;
                         if (outcome == Outcome::kMissed) {
                           delivery_.reconcile(wanted.id, {}, then, {});
                         }
                         done(is_confirmed, then);
                       });
}

// Tells the data plane what the store says of these sessions of one call; `done` is called in any
// case.
Progress Executor::reconcile(const std::vector<abi::SessionId>& sessions,
                             const std::string& call_id, Time now,
                             const std::function<void()>& done) {
  // One of it is ours, until all are sent: sending one may end the wait for another.
  const auto unconfirmed = std::make_shared<std::size_t>(1);
  for (const auto id : sessions) {
    const bool is_sent =
        delivery_.reconcile(id, {}, now, [this, unconfirmed, call_id, done](Time then) {
          if (--*unconfirmed > 0) return;
          done();
          queue_.release(call_id, then);
        });
    if (is_sent) ++*unconfirmed;
  }
  if (--*unconfirmed > 0) return Progress::kInFlight;
  done();
  return Progress::kAnswered;
}

Result<void, std::string> Executor::open_prompt(const PlayCommand& command, CallSession& session,
                                                Side side) {
  auto& media = session.media_of(side);
  const bool wants_own = command.codecs == kSessionCodecs;
  const auto& codecs = wants_own ? session.codecs_of(side) : command.codecs;
  if (codecs.empty()) return failure(error_reply(ErrorCode::kNoCodecs));
  if (command.count == 0) return failure(number_reply(0));
  const StreamStart start{random_.next(), random_.next(),
                          static_cast<std::uint16_t>(random_.next())};
  auto prompt =
      std::make_unique<PromptOrder>(PromptOrder{command.stem, codecs, command.count, start, {}});
  auto playback =
      media_.player == nullptr ? nullptr : media_.player->open(*prompt, session.id(), side);
  if (!playback) return failure(error_reply(ErrorCode::kNoPrompt));
  media.playback = std::move(playback);
  media.prompt = std::move(prompt);
  media.is_due = true;
  return {};
}

Progress Executor::play(const PlayCommand& command, const Answer& answer, Time now) {
  const auto& call_id = command.parties.call_id;
  const auto match = find_one(store_.sessions_of(call_id), command.parties);
  if (!match) {
    answer(error_reply(ErrorCode::kNoSuchSession));
    return Progress::kAnswered;
  }
  const auto id = match->session->id();
  const auto side = side_of(match->speaker);
  auto& session = *store_.find(id);
  // Whatever comes of the command: what was playing has ended.
  session.media_of(side).playback.reset();
  if (const auto opened = open_prompt(command, session, side); !opened) {
    return let_hear_peer(session, side, now, [answer, reply = opened.error()] { answer(reply); });
  }
  const auto finish = [this, id, side, answer](bool is_confirmed, Time then) {
    auto& changed = *store_.find(id);
    if (is_confirmed) {
      listeners_[abi::flow_index(id.index, side, abi::Component::kRtp)] = id;
      look_after_playbacks(then);
    } else {
      changed.media_of(side).playback.reset();
      // Of a prompt that this one was to replace.
      auto& flags = side_of(changed.state, side).flags;
      flags = static_cast<std::uint16_t>(flags & ~abi::kPlaying);
      delivery_.reconcile(id, {}, then, {});
    }
    answer(is_confirmed ? number_reply(0) : error_reply(ErrorCode::kDataplaneAway));
  };
  auto wanted = session.state;
  side_of(wanted, side).flags |= abi::kPlaying;
  const bool is_sent = change(wanted, now, [this, finish, call_id](bool is_confirmed, Time then) {
    finish(is_confirmed, then);
    queue_.release(call_id, then);
  });
  if (is_sent) return Progress::kInFlight;
  finish(false, now);
  return Progress::kAnswered;
}

Progress Executor::stop(const StopCommand& command, const Answer& answer, Time now) {
  const auto match = find_one(store_.sessions_of(command.parties.call_id), command.parties);
  if (!match) {
    answer(error_reply(ErrorCode::kNoSuchSession));
    return Progress::kAnswered;
  }
  const auto side = side_of(match->speaker);
  auto& session = *store_.find(match->session->id());
  session.media_of(side).playback.reset();
  return let_hear_peer(session, side, now, [answer] { answer(number_reply(0)); });
}

// The prompt of a side is over.
Progress Executor::let_hear_peer(CallSession& session, Side side, Time now,
                                 const std::function<void()>& done) {
  auto& flags = side_of(session.state, side).flags;
  const bool was_hidden = (flags & abi::kPlaying) != 0;
  flags = static_cast<std::uint16_t>(flags & ~abi::kPlaying);
  const auto changed =
      was_hidden ? std::vector<abi::SessionId>{session.id()} : std::vector<abi::SessionId>{};
  return reconcile(changed, session.call_id, now, done);
}

// Begins what has found a way to its party, and ends what has been played.
void Executor::look_after_playbacks(Time now) {
  std::vector<std::pair<abi::SessionId, Side>> ended;
  std::vector<abi::SessionId> begun;
  for (auto listener = listeners_.begin(); listener != listeners_.end();) {
    const auto id = listener->second;
    const auto side = abi::side_of(listener->first);
    auto* session = store_.find(id);
    auto* media = session == nullptr ? nullptr : &session->media_of(side);
    const bool is_over = media == nullptr || !media->playback || media->playback->has_ended();
    if (is_over) {
      if (media != nullptr && media->playback) ended.emplace_back(id, side);
      listener = listeners_.erase(listener);
      continue;
    }
    if (media->is_due && delivery_.is_ready() && has_way(*session, side, *link_.region())) {
      if (begin(*media, now)) begun.push_back(id);
    }
    ++listener;
  }
  for (const auto& id : begun) note_begin(id, now);
  for (const auto& [id, side] : ended) end_playback(id, side, now);
}

// For the call record: who takes over goes on from there. In its turn among the commands of the
// call.
void Executor::note_begin(abi::SessionId id, Time now) {
  const auto call_id = store_.find(id)->call_id;
  queue_.run(call_id, now, [this, id, call_id](Time then) {
    if (store_.find(id) == nullptr) return Progress::kAnswered;
    return reconcile({id}, call_id, then, [] {});
  });
}

// In its turn, too, for a command may end or replace it.
void Executor::end_playback(abi::SessionId id, Side side, Time now) {
  queue_.run(store_.find(id)->call_id, now, [this, id, side](Time then) {
    auto* session = store_.find(id);
    if (session == nullptr) return Progress::kAnswered;
    auto& playback = session->media_of(side).playback;
    if (!playback || !playback->has_ended()) return Progress::kAnswered;
    playback.reset();
    return let_hear_peer(*session, side, then, [] {});
  });
}

}  // namespace mediaplane
