// SPDX-License-Identifier: BSD-2-Clause
// The bytes of one connection that carries lines: commands out of what was read, replies in the
// order of the commands. No sockets here.
//
// Commands may be answered in any order, so each has a place in the queue of replies from the
// moment it is read. A client that sends without reading is not listened to while too much waits
// for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace mediaplane {

class LineConnection {
 public:
  // Places are numbered from the first command on.
  using Place = std::uint64_t;

  struct Line {
    Place place;
    std::string command;
  };

  void receive(std::string_view bytes) { input_ += bytes; }

  // The next command, if one is whole and there is room for its reply.
  std::optional<Line> next();

  // True if next() has one.
  bool has_waiting_command() const;

  // True if what was received cannot become a command any more.
  bool is_line_too_long() const;

  void reply(Place place, std::string text);

  // What can be written; dropped as far as it has been.
  const std::string& output() const { return output_; }
  void written(std::size_t bytes) { output_.erase(0, bytes); }

  bool has_room() const;
  // Nothing is in flight, and nothing waits to be written or to be carried out.
  bool is_settled() const { return replies_.empty() && output_.empty() && !has_waiting_command(); }

 private:
  std::string input_;
  std::deque<std::optional<std::string>> replies_;  // Unset: in flight.
  Place first_ = 0;                                 // The place of replies_.front().
  std::string output_;
};

}  // namespace mediaplane
