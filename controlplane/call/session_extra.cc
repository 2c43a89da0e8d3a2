// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/call/session_extra.h"

#include <cstdint>
#include <cstring>

namespace mediaplane {
namespace {

enum class Kind : std::uint8_t { kCodecs = 1, kOneFile = 2, kPrompt = 3, kPastPackets = 4 };

struct ItemHead {
  Kind kind{};
  std::uint8_t side = 0;
  std::uint16_t length = 0;  // Of what follows.
};
static_assert(sizeof(ItemHead) == 4);

// Behind it the stem, then the codecs.
struct PromptItem {
  std::int64_t began = 0;  // Microseconds of the steady clock; 0: not yet.
  std::int32_t count = 0;
  std::uint32_t ssrc = 0;
  std::uint32_t timestamp = 0;
  std::uint16_t sequence = 0;
  std::uint16_t stem_length = 0;
};
static_assert(sizeof(PromptItem) == 24);

using Microseconds = std::chrono::microseconds;

template <typename T>
std::string_view bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

template <typename T>
bool take(std::string_view& from, T& value) {
  if (from.size() < sizeof value) return false;
  std::memcpy(&value, from.data(), sizeof value);
  from.remove_prefix(sizeof value);
  return true;
}

class Writer {
 public:
  explicit Writer(std::size_t room) : room_(room) {}

  void add(Kind kind, std::size_t side, std::string_view content) {
    if (sizeof(ItemHead) + content.size() > room_ - text_.size()) return;
    text_ += bytes_of(ItemHead{kind, static_cast<std::uint8_t>(side),
                               static_cast<std::uint16_t>(content.size())});
    text_ += content;
  }
  std::string take() { return std::move(text_); }

 private:
  std::size_t room_;
  std::string text_;
};

std::string content_of(const PromptOrder& prompt) {
  PromptItem item;
  if (prompt.began) {
    item.began = std::chrono::duration_cast<Microseconds>(prompt.began->time_since_epoch()).count();
  }
  item.count = prompt.count;
  item.ssrc = prompt.start.ssrc;
  item.timestamp = prompt.start.timestamp;
  item.sequence = prompt.start.sequence;
  item.stem_length = static_cast<std::uint16_t>(prompt.stem.size());
  return std::string(bytes_of(item)) + prompt.stem + prompt.codecs;
}

std::optional<PromptOrder> prompt_in(std::string_view content) {
  PromptItem item;
  if (!take(content, item) || item.stem_length > content.size()) return std::nullopt;
  PromptOrder prompt;
  prompt.stem = content.substr(0, item.stem_length);
  prompt.codecs = content.substr(item.stem_length);
  prompt.count = item.count;
  prompt.start = {item.ssrc, item.timestamp, item.sequence};
  if (item.began != 0) prompt.began = Time(Microseconds(item.began));
  return prompt;
}

void read(Kind kind, std::string_view content, SideExtra& side) {
  switch (kind) {
    case Kind::kCodecs:
      side.codecs = content;
      break;
    case Kind::kOneFile:
      side.is_in_one_file = true;
      break;
    case Kind::kPrompt:
      side.prompt = prompt_in(content);
      break;
    case Kind::kPastPackets:
      take(content, side.past_packets);
      break;
  }
}

}  // namespace

SessionExtra extra_of(const CallSession& session) {
  SessionExtra extra;
  for (std::size_t i = 0; i < extra.size(); ++i) {
    if (session.past_packets) extra[i].past_packets = (*session.past_packets)[i];
    const auto* media = session.media[i].get();
    if (media == nullptr) continue;
    extra[i].codecs = media->codecs;
    extra[i].is_in_one_file = media->recording && media->is_in_one_file;
    if (media->playback) extra[i].prompt = *media->prompt;
  }
  return extra;
}

std::string encoded(const SessionExtra& extra, std::size_t room) {
  Writer writer(room);
  for (std::size_t i = 0; i < extra.size(); ++i) {
    const auto& side = extra[i];
    if (side.is_in_one_file) writer.add(Kind::kOneFile, i, {});
    if (side.past_packets != PacketTotals{}) {
      writer.add(Kind::kPastPackets, i, bytes_of(side.past_packets));
    }
  }
  for (std::size_t i = 0; i < extra.size(); ++i) {
    if (!extra[i].codecs.empty()) writer.add(Kind::kCodecs, i, extra[i].codecs);
  }
  for (std::size_t i = 0; i < extra.size(); ++i) {
    if (extra[i].prompt) writer.add(Kind::kPrompt, i, content_of(*extra[i].prompt));
  }
  return writer.take();
}

SessionExtra decoded_extra(std::string_view bytes) {
  SessionExtra extra;
  ItemHead head;
  while (take(bytes, head) && head.side < extra.size() && head.length <= bytes.size()) {
    read(head.kind, bytes.substr(0, head.length), extra[head.side]);
    bytes.remove_prefix(head.length);
  }
  return extra;
}

}  // namespace mediaplane
