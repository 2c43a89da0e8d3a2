// SPDX-License-Identifier: BSD-2-Clause
// Two results of the same measurement: is the second worse? Exit status 0: no; 1: yes, or one of
// them had a packet missing or wrong; 2: they cannot be compared.
#include <cstdio>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "tests/perf/bench/modes.h"

namespace mediaplane::bench {
namespace {

constexpr int kSame = 0;
constexpr int kWorse = 1;
constexpr int kNotComparable = 2;

// What has to be equal.
constexpr const char* kConditions[] = {"mode",    "sessions",  "frame_bytes", "families",
                                       "subject", "in_flight", "rate",        "rebinding",
                                       "loss",    "malformed", "churn"};

struct Measure {
  const char* name;
  bool more_is_better;
};
constexpr Measure kMeasures[] = {{"median_cycles", false}, {"mpps", true},    {"ndr_mpps", true},
                                 {"p50_us", false},        {"p90_us", false}, {"p99_us", false},
                                 {"p99.9_us", false}};

Result<Figures, std::string> read(const std::string& path) {
  std::ifstream file(path);
  if (!file) return failure(path + " cannot be read");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto figures = parse_figures(text);
  if (!figures) return failure(path + " is no result: " + figures.error());
  if (figures->find("mode") == nullptr) return failure(path + " is no result: it has no mode");
  return figures;
}

std::string text_of(const Figure* figure) {
  if (figure == nullptr) return "nothing";
  const auto* number = std::get_if<double>(figure);
  return number != nullptr ? fmt::format("{:g}", *number) : std::get<std::string>(*figure);
}

std::string difference(const Figures& before, const Figures& after) {
  for (const auto* condition : kConditions) {
    const auto was = text_of(before.find(condition));
    const auto is = text_of(after.find(condition));
    if (was != is) return fmt::format("{} is {} and {}", condition, was, is);
  }
  return "";
}

// Says how the figure has changed; true if it is worse by more than the tolerance.
bool is_worse(const Measure& measure, const Figures& before, const Figures& after,
              double tolerance) {
  const auto was = before.number(measure.name);
  const auto is = after.number(measure.name);
  if (was <= 0) return false;
  const auto change = is / was - 1;
  const bool worse = measure.more_is_better ? change < -tolerance : change > tolerance;
  fmt::print("{:16}{:12.3f}{:12.3f}{:+9.1f} %{}\n", measure.name, was, is, 100 * change,
             worse ? "  WORSE" : "");
  return worse;
}

int refuse(const std::string& text) {
  std::fprintf(stderr, "mediaplane-bench: %s\n", text.c_str());
  return kNotComparable;
}

}  // namespace

int compare(const std::string& before_path, const std::string& after_path, double tolerance) {
  const auto before = read(before_path);
  if (!before) return refuse(before.error());
  const auto after = read(after_path);
  if (!after) return refuse(after.error());
  if (const auto text = difference(*before, *after); !text.empty()) return refuse(text);
  int status = kSame;
  for (const auto& measure : kMeasures) {
    if (is_worse(measure, *before, *after, tolerance)) status = kWorse;
  }
  for (const auto* result : {&*before, &*after}) {
    if (result->number("faults") == 0) continue;
    fmt::print("the {} had packets missing or wrong\n", result == &*before ? "first" : "second");
    status = kWorse;
  }
  return status;
}

}  // namespace mediaplane::bench
