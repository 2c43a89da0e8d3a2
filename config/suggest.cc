// SPDX-License-Identifier: BSD-2-Clause
#include "config/suggest.h"

#include <algorithm>
#include <vector>

namespace mediaplane::config {
namespace {

// Optimal string alignment: the fewest insertions, removals, changes and swaps of neighbours.
std::size_t edits_between(std::string_view a, std::string_view b) {
  using Row = std::vector<std::size_t>;
  std::vector<Row> edits(a.size() + 1, Row(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) edits[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) edits[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      auto& best = edits[i][j];
      best = std::min({edits[i - 1][j] + 1, edits[i][j - 1] + 1, edits[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        best = std::min(best, edits[i - 2][j - 2] + 1);
      }
    }
  }
  return edits[a.size()][b.size()];
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates) {
  std::optional<std::string_view> best;
  auto limit = std::max<std::size_t>(1, word.size() / 3);
  for (const auto candidate : candidates) {
    const auto longer = std::max(word.size(), candidate.size());
    const auto shorter = std::min(word.size(), candidate.size());
    if (longer - shorter > limit) continue;
    const auto edits = edits_between(word, candidate);
    if (edits > limit || edits >= candidate.size()) continue;
    if (best && edits == limit) continue;
    best = candidate;
    limit = edits;
  }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  const auto meant = nearest(word, candidates);
  return meant ? " (did you mean '" + std::string(*meant) + "'?)" : "";
}

std::string alternatives(std::span<const std::string_view> words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += "'" + std::string(words[i]) + "'";
  }
  return text;
}

}  // namespace mediaplane::config
