// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/veth/trial.h"

#include <time.h>

#include "tests/perf/bench/pacer.h"

namespace mediaplane::veth {
namespace {

constexpr double kNanoseconds = 1e9;
constexpr std::uint32_t kBurst = 32;
constexpr std::uint64_t kLate = 20'000'000;
// How long what is still under way may take.
constexpr std::uint64_t kAfterwards = 200'000'000;

// The clock that the kernel stamps arrivals with.
std::uint64_t now() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

class Trial {
 public:
  Trial(const Parties& parties, std::vector<Stream>& streams, const TrialOptions& options)
      : parties_(parties),
        streams_(streams),
        begin_(now()),
        measured_from_(begin_ + static_cast<std::uint64_t>(options.warm_up * kNanoseconds)),
        end_(measured_from_ + static_cast<std::uint64_t>(options.seconds * kNanoseconds)),
        pacer_(options.rate, kNanoseconds, begin_) {
    result_.due = static_cast<std::uint64_t>(options.rate * options.seconds);
  }

  TrialResult run() {
    for (auto* party : parties_) party->overrun();  // What was before is nobody's business.
    for (auto time = now(); time < end_; time = now()) {
      send(time);
      receive();
    }
    for (const auto last = now() + kAfterwards; now() < last;) receive();
    for (auto* party : parties_) result_.overrun += party->overrun();
    return result_;
  }

 private:
  void send(std::uint64_t time) {
    const auto due = pacer_.due(time, kBurst);
    if (due == 0) return;
    for (std::uint32_t i = 0; i < due; ++i) {
      pacer_.take();
      auto& stream = streams_[next_++ % streams_.size()];
      frames_[stream.party].push_back(stream.frame.next(time));
    }
    for (std::size_t party = 0; party < kParties; ++party) {
      parties_[party]->send(frames_[party]);
      frames_[party].clear();
    }
    if (time >= measured_from_) result_.sent += due;
  }

  void receive() {
    for (auto* party : parties_) party->receive(take_);
  }

  void arrived(std::span<const std::byte> frame, std::uint64_t time) {
    const auto sent_at = sending_time(frame);
    if (!sent_at || *sent_at < measured_from_) return;
    ++result_.received;
    const auto took = time > *sent_at ? time - *sent_at : 0;
    if (took > kLate) ++result_.late;
    result_.nanoseconds.add(took);
  }

  const Parties& parties_;
  std::vector<Stream>& streams_;
  std::uint64_t begin_;
  std::uint64_t measured_from_;
  std::uint64_t end_;
  bench::Pacer pacer_;
  std::size_t next_ = 0;
  std::array<std::vector<std::span<std::byte>>, kParties> frames_;
  PacketSockets::Take take_ = [this](auto frame, auto time) { arrived(frame, time); };
  TrialResult result_;
};

}  // namespace

TrialResult run_trial(const Parties& parties, std::vector<Stream>& streams,
                      const TrialOptions& options) {
  return Trial(parties, streams, options).run();
}

}  // namespace mediaplane::veth
