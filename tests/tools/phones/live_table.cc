// SPDX-License-Identifier: BSD-2-Clause
#include "tests/tools/phones/live_table.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <unistd.h>

#include "tests/tools/phones/report.h"

namespace mediaplane::phones {
namespace {

// A packet that needs longer than this is shown as lost; it may still come.
constexpr std::chrono::milliseconds kMissingAfter{200};

struct Row {
  std::string name;
  Tally tally;
  std::uint64_t missing = 0;
  std::uint64_t p99_us = 0;
};

std::uint64_t missing_of(std::deque<Call>& calls, Party sender, Component component) {
  const Time moment = Clock::now() - kMissingAfter;
  std::uint64_t missing = 0;
  for (Call& call : calls) missing += call.flow(sender, component).missing_since(moment);
  return missing;
}

std::vector<Row> rows_of(std::deque<Call>& calls, const Latencies& recent, bool has_rtcp) {
  const auto tallies = tally_of(calls);
  std::vector<Row> rows;
  for (const Component component : kComponents) {
    if (component == Component::kRtcp && !has_rtcp) continue;
    for (const Party party : kParties) {
      rows.push_back(
          {fmt::format("{:<4} {} -> {}", name_of(component), name_of(party), name_of(other(party))),
           tallies[index_of(party)][index_of(component)], missing_of(calls, party, component),
           recent[index_of(party)][index_of(component)].quantile_us(0.99)});
    }
  }
  return rows;
}

std::string table_text(const std::vector<Row>& rows) {
  std::string text = fmt::format("  {:<24}{:>9}{:>10}{:>7}{:>7}{:>14}\n", "", "sent", "received",
                                 "lost", "wrong", "p99 latency");
  for (const Row& row : rows) {
    text += fmt::format("  {:<24}{:>9}{:>10}{:>7}{:>7}{:>11} us\n", row.name, row.tally.sent,
                        row.tally.received, row.missing, row.tally.wrong(), row.p99_us);
  }
  return text;
}

std::string one_line(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) {
    if (row.name.starts_with("RTCP")) continue;
    text += fmt::format(" | {} sent {} received {} lost {} p99 {} us", row.name, row.tally.sent,
                        row.tally.received, row.missing, row.p99_us);
  }
  return text;
}

}  // namespace

LiveTable::LiveTable(const Options& options)
    : options_(options), is_terminal_(::isatty(STDOUT_FILENO) == 1) {}

void LiveTable::draw(std::deque<Call>& calls, const Latencies& recent) {
  const auto seconds = std::chrono::round<std::chrono::seconds>(Clock::now() - start_).count();
  const auto rows = rows_of(calls, recent, options_.has_rtcp);
  const std::string drops = relay_drops();
  if (!is_terminal_) {
    fmt::print("{:>3} s{}{}\n", seconds, one_line(rows),
               drops.empty() ? "" : " | relay drops: " + drops);
  } else {
    if (lines_drawn_ > 0) fmt::print("\x1b[{}A\x1b[J", lines_drawn_);
    const std::string text = fmt::format("  {} s, {} call{}\n{}", seconds, calls.size(),
                                         calls.size() == 1 ? "" : "s", table_text(rows)) +
                             (options_.relay_stats.empty()
                                  ? ""
                                  : "  relay drops: " + (drops.empty() ? "none" : drops) + "\n");
    fmt::print("{}", text);
    lines_drawn_ = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  }
  std::fflush(stdout);
}

// The drops in the newest block of the data plane's statistics: a line of dashes begins a block, a
// line "drop NAME COUNT" is one reason.
std::string LiveTable::relay_drops() const {
  std::ifstream file(options_.relay_stats);
  std::string drops;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    std::string reason;
    std::string count;
    words >> word >> reason >> count;
    if (word.starts_with("----")) drops.clear();
    if (word == "drop") drops += (drops.empty() ? "" : ", ") + reason + " " + count;
  }
  return drops;
}

}  // namespace mediaplane::phones
