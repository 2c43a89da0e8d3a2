// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/media/recorder.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "controlplane/media/quiet_thread.h"
#include "controlplane/media/recording_format.h"
#include "controlplane/media/recording_name.h"
#include "controlplane/protocol/escape.h"
#include "dataplane/abi/region.h"

namespace mediaplane {
namespace {

constexpr std::chrono::milliseconds kLook{10};
constexpr std::chrono::seconds kFlush{1};

}  // namespace

class Recorder::OneRecording final : public Recording {
 public:
  OneRecording(Recorder& recorder, const RecordingDesk::Place& place)
      : recorder_(recorder), place_(place) {}
  OneRecording(const OneRecording&) = delete;
  OneRecording& operator=(const OneRecording&) = delete;
  ~OneRecording() override { recorder_.stop(place_); }

 private:
  Recorder& recorder_;
  RecordingDesk::Place place_;
};

Recorder::Recorder(const RecordingConfig& config, std::vector<IpAddress> local_addresses)
    : config_(config),
      directory_(config.directory, config.spool_directory),
      publisher_(directory_),
      desk_(config.format, std::move(local_addresses)),
      thread_(quiet_thread([this] { run(); })) {}

Recorder::~Recorder() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

std::uint16_t Recorder::copied() const {
  return config_.rtcp ? abi::kCopyRtp | abi::kCopyRtcp : abi::kCopyRtp;
}

std::shared_ptr<RecordingFile> Recorder::create(const std::string& name) {
  auto file = directory_.create(name);
  auto error = file ? 0 : file.error();
  std::size_t size = 0;
  if (file && config_.format == RecordingFormat::kPcap) {
    const auto head = pcap_file_head();
    size = head.bytes().size();
    const auto written = pwrite(file->get(), head.bytes().data(), size, 0);
    if (written != static_cast<ssize_t>(size)) error = written < 0 ? errno : ENOSPC;
  }
  if (error != 0) {
    spdlog::error("recording {} cannot be made: {}", escaped(name),
                  std::generic_category().message(error));
    return nullptr;
  }
  return std::make_shared<RecordingFile>(std::move(*file), name, size);
}

// One that a former run has begun. If somebody has taken it away it begins anew.
std::shared_ptr<RecordingFile> Recorder::reopen(const std::string& name) {
  auto file = directory_.reopen(name);
  if (!file && file.error() == ENOENT) return create(name);
  const bool fits = file && is_of_format(file->get(), config_.format);
  if (!fits) {
    spdlog::error("recording {} does not go on: {}", escaped(name),
                  file ? "it is of another format" : std::generic_category().message(file.error()));
    return nullptr;
  }
  const auto size = std::max<off_t>(lseek(file->get(), 0, SEEK_END), 0);
  auto reopened =
      std::make_shared<RecordingFile>(std::move(*file), name, static_cast<std::size_t>(size));
  reopened->go_on(config_.format);
  return reopened;
}

std::shared_ptr<RecordingFile> Recorder::file_named(const std::string& name, bool goes_on) {
  return goes_on ? reopen(name) : create(name);
}

std::optional<RecordingDesk::SideFiles> Recorder::files_for(const RecordingSubject& subject) {
  RecordingDesk::SideFiles side;
  auto& [rtp, rtcp] = side.files;
  const auto name = recording_name(subject.call_id, subject.from_tag);
  if (subject.in_one_file) {
    side.is_one_file = true;
    rtp = desk_.file_to_share(subject.session, subject.side);
    const auto* ending = config_.format == RecordingFormat::kPcap ? ".pcap" : "";
    if (!rtp) rtp = file_named(name + ending, subject.goes_on);
    if (config_.rtcp) rtcp = rtp;
  } else {
    const auto* party = subject.side == abi::Side::kCaller ? ".o" : ".a";
    rtp = file_named(name + party + ".rtp", subject.goes_on);
    if (rtp && config_.rtcp) rtcp = file_named(name + party + ".rtcp", subject.goes_on);
  }
  if (!rtp || (config_.rtcp && !rtcp)) return std::nullopt;
  return side;
}

std::unique_ptr<Recording> Recorder::start(const RecordingSubject& subject) {
  auto files = files_for(subject);
  if (!files) return nullptr;
  const RecordingDesk::Place place{subject.session, subject.side, ++last_number_};
  // An order without files wakes the thread as well.
  give(desk_.start(place, std::move(*files)));
  return std::make_unique<OneRecording>(*this, place);
}

void Recorder::stop(const RecordingDesk::Place& place) {
  desk_.announce_end(place);
  give(place);
}

void Recorder::use(std::shared_ptr<MediaRings> rings) { give(std::move(rings)); }

void Recorder::leave() { give(Leave{}); }

void Recorder::give(Order order) {
  {
    const std::lock_guard lock(mutex_);
    orders_.push_back(std::move(order));
  }
  changed_.notify_one();
}

void Recorder::run() {
  auto next_flush = std::chrono::steady_clock::now() + kFlush;
  const auto has_orders = [this] { return !orders_.empty() || is_over_; };
  for (bool is_last = false; !is_last;) {
    std::vector<Order> orders;
    {
      std::unique_lock lock(mutex_);
      if (desk_.is_empty()) {
        changed_.wait(lock, has_orders);
      } else {
        changed_.wait_for(lock, kLook, has_orders);
      }
      orders.swap(orders_);
      is_last = is_over_;
    }
    for (auto& order : orders) carry_out(order);
    drain();
    if (const auto now = std::chrono::steady_clock::now(); now >= next_flush) {
      next_flush = now + kFlush;
      desk_.flush();
      watch_losses();
    }
  }
  finish(desk_.stop_all());
}

void Recorder::finish(const RecordingDesk::Files& files) {
  if (!is_leaving_) {
    publisher_.give(files);
    return;
  }
  for (const auto& file : files) file->flush();
}

// What came before an order is taken out of the rings before it is carried out.
void Recorder::carry_out(Order& order) {
  if (const auto* place = std::get_if<RecordingDesk::Place>(&order)) {
    drain();
    finish(desk_.stop(*place));
  } else if (const auto* files = std::get_if<RecordingDesk::Files>(&order)) {
    finish(*files);
  } else if (auto* rings = std::get_if<std::shared_ptr<MediaRings>>(&order)) {
    drain();
    rings_ = std::move(*rings);
    is_readable_.assign(rings_ ? rings_->copies.size() : 0, true);
    copies_lost_ = losses();
  } else if (std::holds_alternative<Leave>(order)) {
    is_leaving_ = true;
  }
}

void Recorder::drain() {
  if (!rings_) return;
  const auto clock_start =
      abi::Region(rings_->region.base()).header().clock_start.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < rings_->copies.size(); ++i) {
    // Bounded, so that a data plane gone wild cannot hold the thread here.
    for (std::uint32_t n = 0; is_readable_[i] && n < abi::kCopyRingSlots; ++n) {
      abi::Message message;
      const auto receipt = abi::receive(rings_->copies[i], message);
      if (receipt == abi::Receipt::kEmpty) break;
      if (receipt == abi::Receipt::kMessage && desk_.take(message, clock_start)) continue;
      spdlog::error("copies of packets from worker {} make no sense: they are not recorded", i);
      is_readable_[i] = false;
    }
  }
}

// Copies that the data plane's workers could not hand over because this thread was behind.
std::uint64_t Recorder::losses() const {
  if (!rings_) return 0;
  const abi::Region region(rings_->region.base());
  const auto lcores = std::min(region.layout().lcore_count, abi::kMaxWorkers + 1);
  std::uint64_t lost = 0;
  for (std::uint32_t i = 0; i < lcores; ++i) {
    lost += region.lcore_totals(i).copies_lost.load(std::memory_order_relaxed);
  }
  return lost;
}

void Recorder::watch_losses() {
  const auto before = std::exchange(copies_lost_, losses());
  if (copies_lost_ > before) {
    spdlog::warn("the recorder is too slow: {} packets were not recorded", copies_lost_ - before);
  }
}

}  // namespace mediaplane
