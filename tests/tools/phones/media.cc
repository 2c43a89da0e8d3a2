// SPDX-License-Identifier: BSD-2-Clause
#include "tests/tools/phones/media.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

#include <netinet/in.h>

#include "tests/tools/phones/socket.h"

namespace mediaplane::phones {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kLongestDatagram = 2048;
constexpr std::chrono::seconds kReportInterval{1};
constexpr int kKnocks = 5;

bool send_to(const Phone& phone, Component component, std::span<const std::byte> packet) {
  const SocketAddress to = to_sockaddr(for_component(phone.relay, component));
  return ::sendto(phone.socket(component).value(), packet.data(), packet.size(), 0, to.get(),
                  to.length) == static_cast<ssize_t>(packet.size());
}

}  // namespace

void Media::listen(Call& call) {
  for (const Party party : kParties) {
    for (const Component component : kComponents) {
      loop_.watch(call.phone(party).socket(component).value(),
                  [this, &call, party, component] { receive(call, party, component); });
    }
  }
}

void Media::talk(Call& call, std::function<void()> on_done) {
  call.is_talking = true;
  call.packets_left = options_.seconds == 0 ? std::numeric_limits<std::uint32_t>::max()
                                            : options_.seconds * kPacketsPerSecond;
  const Time first = first_slot(call);
  loop_.at(first, [this, &call, first, on_done] { send_round(call, first, on_done); });
  if (!options_.has_rtcp) return;
  for (const Party party : kParties) {
    const Time due = first + (party == Party::kCaller ? milliseconds(200) : milliseconds(700));
    loop_.at(due, [this, &call, party, due] { send_report(call, party, due); });
  }
}

// The next moment of the call's own place in the 20 ms.
Time Media::first_slot(const Call& call) const {
  const Clock::duration place =
      Clock::duration(kPacketInterval) * call.number / std::max(options_.calls, 1U);
  const auto rounds = (Clock::now() - start_ - place) / kPacketInterval + 1;
  return start_ + place + rounds * kPacketInterval;
}

void Media::send_round(Call& call, Time due, const std::function<void()>& on_done) {
  if (call.packets_left == 0 || is_stopping_) {
    call.is_talking = false;
    return on_done();
  }
  --call.packets_left;
  for (const Party party : kParties) send(call, party, Component::kRtp);
  const Time next = due + kPacketInterval;
  loop_.at(next, [this, &call, next, on_done] { send_round(call, next, on_done); });
}

void Media::send_report(Call& call, Party party, Time due) {
  if (!call.is_talking) return;
  send(call, party, Component::kRtcp);
  const Time next = due + kReportInterval;
  loop_.at(next, [this, &call, party, next] { send_report(call, party, next); });
}

bool Media::may_speak(Call& call, Party party, Component component) const {
  if (party == Party::kCaller) return true;
  if (options_.is_callee_silent) return false;
  const std::uint64_t heard = call.flow(Party::kCaller, component).tally().received;
  const std::uint32_t wanted = options_.callee_waits_for();
  return heard >= (component == Component::kRtp ? wanted : std::min(wanted, 1U));
}

void Media::send(Call& call, Party party, Component component) {
  if (!may_speak(call, party, component)) return;
  Flow& flow = call.flow(party, component);
  const auto packet = flow.next_packet();
  const Time now = Clock::now();
  if (send_to(call.phone(party), component, packet)) {
    flow.note_sent(now);
  } else {
    flow.note_send_error();
  }
}

void Media::receive(Call& call, Party party, Component component) {
  std::array<std::byte, kLongestDatagram> datagram;
  sockaddr_storage from{};
  socklen_t from_size = sizeof from;
  const Phone& phone = call.phone(party);
  const ssize_t size = ::recvfrom(phone.socket(component).value(), datagram.data(), datagram.size(),
                                  0, reinterpret_cast<sockaddr*>(&from), &from_size);
  if (size < 0) return;
  const Time now = Clock::now();
  if (is_hung_up_) {
    ++relayed_after_hangup_;
    return;
  }
  const bool is_source_right = from_sockaddr(from) == for_component(phone.relay, component);
  const Party sender = other(party);
  const auto latency =
      call.flow(sender, component)
          .receive(std::span(datagram).first(static_cast<std::size_t>(size)), is_source_right, now);
  if (!latency) return;
  latencies_[index_of(sender)][index_of(component)].add(*latency);
  recent_latencies_[index_of(sender)][index_of(component)].add(*latency);
}

void Media::knock(Call& call) {
  is_hung_up_ = true;
  for (const Party party : kParties) {
    for (const Component component : kComponents) {
      const auto packet = call.flow(party, component).next_packet();
      for (int i = 0; i < kKnocks; ++i) send_to(call.phone(party), component, packet);
    }
  }
}

Latencies Media::take_recent_latencies() {
  const Latencies recent = recent_latencies_;
  recent_latencies_ = {};
  return recent;
}

}  // namespace mediaplane::phones
