// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/call_record.h"

#include <algorithm>
#include <atomic>
#include <span>
#include <type_traits>

namespace mediaplane {
namespace {

constexpr int kAttempts = 100;

// Byte by byte, so that a writer in the way is no data race; nothing moves behind the last of them.
template <typename T>
T copy_of(const T& shared) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::array<std::byte, sizeof(T)> bytes;
  auto* from = const_cast<std::byte*>(reinterpret_cast<const std::byte*>(&shared));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = std::atomic_ref<std::byte>(from[i]).load(std::memory_order_acquire);
  }
  return std::bit_cast<T>(bytes);
}

using Text = Result<std::string, std::string>;

// What lies in the record itself and in the chain of blocks behind it.
Text identifiers_of(const abi::Region& region, const abi::CallRecord& record, std::size_t length) {
  const auto append = [&](std::string& to, const auto& shared) {
    const auto bytes = copy_of(shared);
    const auto count = std::min(length - to.size(), bytes.size());
    to.append(reinterpret_cast<const char*>(bytes.data()), count);
  };
  std::string text;
  append(text, record.identifiers);
  auto block = copy_of(record.first_block);
  // Each block adds to the text, so a chain that bites its tail has an end, too.
  while (text.size() < length) {
    if (block >= region.layout().block_count) return failure(std::string("its chain is broken"));
    const auto& shared = region.record_block(block);
    append(text, shared.bytes);
    block = copy_of(shared.next);
  }
  return text;
}

bool is_side_sound(const abi::SideState& side) {
  const auto is_known = [](const Endpoint& endpoint) {
    const auto family = endpoint.ip.family;
    return !endpoint.is_set() || family == IpFamily::kIpv4 || family == IpFamily::kIpv6;
  };
  return side.udp_port % 2 == 0 && static_cast<std::uint8_t>(side.learning) < abi::kLearningModes &&
         (side.flags & ~abi::kSideFlags) == 0 && is_known(side.signalled);
}

Result<std::optional<RecordedCall>, std::string> read_once(const abi::Region& region,
                                                           const abi::CallRecord& record,
                                                           std::uint32_t index) {
  RecordedCall call;
  call.session = copy_of(record.session);
  const auto& session = call.session;
  if (session.id.generation == 0) return std::nullopt;
  const auto length = session.identifiers_length();
  if (session.id.index != index) return failure(std::string("it names another session"));
  if (session.call_id_length == 0 || length > abi::kMaxIdentifiersLength ||
      !std::all_of(std::begin(session.sides), std::end(session.sides), is_side_sound)) {
    return failure(std::string("it makes no sense"));
  }
  const auto text = identifiers_of(region, record, length);
  if (!text) return failure(text.error());
  call.call_id = text->substr(0, session.call_id_length);
  call.from_tag = text->substr(session.call_id_length, session.from_tag_length);
  call.extra = text->substr(session.call_id_length + std::size_t{session.from_tag_length});
  return call;
}

}  // namespace

Result<std::optional<RecordedCall>, std::string> read_call_record(const abi::Region& region,
                                                                  std::uint32_t index) {
  const auto& record = region.call_record(index);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto before = record.version.load(std::memory_order_acquire);
    if (before % 2 != 0) continue;
    auto call = read_once(region, record, index);
    if (record.version.load(std::memory_order_acquire) == before) return call;
  }
  return failure(std::string("somebody keeps writing it"));
}

}  // namespace mediaplane
