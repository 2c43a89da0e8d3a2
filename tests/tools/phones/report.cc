// SPDX-License-Identifier: BSD-2-Clause
#include "tests/tools/phones/report.h"

#include <fmt/format.h>

namespace mediaplane::phones {
namespace {

std::string flow_line(const Tally& tally, const LatencyHistogram& latency, Party sender,
                      Component component) {
  return fmt::format(
      "{}{}->{} sent {} received {} lost {} duplicated {} reordered {} wrong {} | latency p50 {} "
      "p99 {} max {} us\n",
      component == Component::kRtcp ? "RTCP " : "", name_of(sender), name_of(other(sender)),
      tally.sent, tally.received, tally.lost(), tally.duplicated, tally.reordered, tally.wrong(),
      latency.quantile_us(0.5), latency.quantile_us(0.99), latency.max_us());
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20) {
      result += fmt::format("\\u{:04x}", byte);
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string flow_json(const Tally& tally, const LatencyHistogram& latency) {
  return fmt::format(
      R"({{"sent": {}, "received": {}, "lost": {}, "duplicated": {}, "reordered": {}, )"
      R"("wrong_source": {}, "wrong_content": {}, "send_errors": {}, )"
      R"("p50_us": {}, "p99_us": {}, "max_us": {}}})",
      tally.sent, tally.received, tally.lost(), tally.duplicated, tally.reordered,
      tally.wrong_source, tally.wrong_content, tally.send_errors, latency.quantile_us(0.5),
      latency.quantile_us(0.99), latency.max_us());
}

std::int64_t in_us(Clock::duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

}  // namespace

bool Outcome::is_clean() const {
  bool result = errors.empty() && calls_set_up == calls && relayed_after_hangup == 0;
  for (const auto& of_party : tallies) {
    for (const Tally& tally : of_party) result = result && tally.is_clean();
  }
  return result;
}

std::array<std::array<Tally, 2>, 2> tally_of(std::deque<Call>& calls) {
  std::array<std::array<Tally, 2>, 2> sum;
  for (Call& call : calls) {
    for (const Party party : kParties) {
      for (const Component component : kComponents) {
        sum[index_of(party)][index_of(component)] += call.flow(party, component).tally();
      }
    }
  }
  return sum;
}

std::string summary_text(const Outcome& outcome, bool has_rtcp) {
  std::string text;
  for (const std::string& error : outcome.errors) text += "error: " + error + "\n";
  if (outcome.calls_set_up != outcome.calls) {
    text += fmt::format("{} of {} calls were set up\n", outcome.calls_set_up, outcome.calls);
  }
  if (outcome.relayed_after_hangup > 0) {
    text += fmt::format("{} packets relayed after the hang-up\n", outcome.relayed_after_hangup);
  }
  for (const Component component : kComponents) {
    if (component == Component::kRtcp && !has_rtcp) continue;
    for (const Party party : kParties) {
      text += flow_line(outcome.tallies[index_of(party)][index_of(component)],
                        outcome.latencies[index_of(party)][index_of(component)], party, component);
    }
  }
  return text;
}

std::string json_text(const Outcome& outcome) {
  std::string errors;
  for (const std::string& error : outcome.errors) {
    errors += (errors.empty() ? "" : ", ") + quoted(error);
  }
  std::string flows;
  for (const Party party : kParties) {
    for (const Component component : kComponents) {
      flows += fmt::format("{}    \"{}_{}\": {}", flows.empty() ? "" : ",\n", name_of(party),
                           component == Component::kRtp ? "rtp" : "rtcp",
                           flow_json(outcome.tallies[index_of(party)][index_of(component)],
                                     outcome.latencies[index_of(party)][index_of(component)]));
    }
  }
  return fmt::format(
      "{{\n  \"clean\": {},\n  \"calls\": {},\n  \"calls_set_up\": {},\n  \"errors\": [{}],\n"
      "  \"relayed_after_hangup\": {},\n  \"worst_pacing_delay_us\": {},\n"
      "  \"flows\": {{\n{}\n  }}\n}}\n",
      outcome.is_clean(), outcome.calls, outcome.calls_set_up, errors, outcome.relayed_after_hangup,
      in_us(outcome.worst_pacing_delay), flows);
}

}  // namespace mediaplane::phones
