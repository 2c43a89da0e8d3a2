// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/server/line_connection.h"

#include <utility>

#include "controlplane/protocol/exchange.h"

namespace mediaplane {
namespace {

constexpr std::size_t kMaxInFlight = 64;
constexpr std::size_t kMaxOutput = 16 * 1024;

}  // namespace

bool LineConnection::has_room() const {
  return replies_.size() < kMaxInFlight && output_.size() < kMaxOutput;
}

bool LineConnection::has_waiting_command() const {
  return has_room() &&
         std::string_view(input_).substr(0, kMaxCommandBytes + 1).find('\n') != std::string::npos;
}

std::optional<LineConnection::Line> LineConnection::next() {
  if (!has_waiting_command()) return std::nullopt;
  const auto end = input_.find('\n');
  Line line{first_ + replies_.size(), input_.substr(0, end)};
  input_.erase(0, end + 1);
  replies_.emplace_back();
  return line;
}

bool LineConnection::is_line_too_long() const {
  return input_.size() > kMaxCommandBytes && input_.find('\n') > kMaxCommandBytes;
}

void LineConnection::reply(Place place, std::string text) {
  replies_[place - first_] = std::move(text);
  while (!replies_.empty() && replies_.front()) {
    output_ += *replies_.front();
    replies_.pop_front();
    ++first_;
  }
}

}  // namespace mediaplane
