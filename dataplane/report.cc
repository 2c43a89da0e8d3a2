// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/report.h"

#include <rte_ethdev.h>
#include <spdlog/fmt/fmt.h>

namespace mediaplane {
namespace {

std::uint64_t value(const abi::Counter<std::uint64_t>& counter) {
  return counter.load(std::memory_order_relaxed);
}

std::string port_text(const Port& port) {
  rte_eth_stats stats{};
  rte_eth_stats_get(port.ethdev, &stats);
  return fmt::format(
      "  Port {} {:<10} {:<4} RX-packets: {:<12} RX-missed: {:<8} RX-nombuf: {:<8} "
      "RX-bytes: {}\n"
      "  {:>22}  TX-packets: {:<12} TX-errors: {:<8} TX-bytes: {}\n",
      port.ethdev, port.config->name, name_of(port.link), stats.ipackets, stats.imissed,
      stats.rx_nombuf, stats.ibytes, "", stats.opackets, stats.oerrors, stats.obytes);
}

std::string lcore_text(const abi::LcoreTotals& totals, std::uint32_t lcore, bool is_worker) {
  const auto polls = value(totals.polls);
  const auto busy = polls == 0 ? 0.0
                               : 100.0 * static_cast<double>(value(totals.busy_polls)) /
                                     static_cast<double>(polls);
  if (!is_worker) {
    return fmt::format("  housekeeper  generated: {:<12} consumed: {}\n", value(totals.generated),
                       value(totals.consumed));
  }
  return fmt::format(
      "  worker {:<5} RX-packets: {:<12} TX-packets: {:<12} busy polls: {:.1f} %  events lost: "
      "{}\n"
      "  {:>12} generated: {:<13} copied: {:<16} copies lost: {}\n",
      lcore, value(totals.received), value(totals.transmitted), busy, value(totals.events_lost), "",
      value(totals.generated), value(totals.copied), value(totals.copies_lost));
}

std::string drops_text(const abi::Region& region) {
  std::string text;
  for (const auto& [verdict, name] : kVerdictNames) {
    const auto total = is_drop(verdict) ? packets_of(region, verdict) : 0;
    if (total != 0) text += fmt::format("  drop {:<20} {}\n", name, total);
  }
  return text;
}

}  // namespace

std::uint64_t packets_of(const abi::Region& region, Verdict verdict) {
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < region.layout().lcore_count; ++i) {
    total += value(region.lcore_totals(i).verdicts[static_cast<std::size_t>(verdict)]);
  }
  return total;
}

std::uint64_t copies_lost(const abi::Region& region) {
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < region.layout().lcore_count; ++i) {
    total += value(region.lcore_totals(i).copies_lost);
  }
  return total;
}

Balance balance_of(const abi::Region& region, std::uint64_t held) {
  Balance balance;
  balance.held = held;
  for (std::uint32_t i = 0; i < region.layout().lcore_count; ++i) {
    const auto& totals = region.lcore_totals(i);
    balance.received += value(totals.received);
    balance.generated += value(totals.generated);
    balance.transmitted += value(totals.transmitted);
    balance.consumed += value(totals.consumed);
  }
  for (const auto& [verdict, name] : kVerdictNames) {
    if (is_drop(verdict)) balance.dropped += packets_of(region, verdict);
  }
  return balance;
}

std::string statistics_text(const abi::Region& region, const Ports& ports, std::uint32_t sessions) {
  std::string text = fmt::format("---------------------- mediaplane: {} sessions\n", sessions);
  for (const auto& port : ports.all()) text += port_text(port);
  const auto lcores = region.layout().lcore_count;
  for (std::uint32_t i = 0; i < lcores; ++i) {
    text += lcore_text(region.lcore_totals(i), i + 1, i + 1 < lcores);
  }
  return text + drops_text(region);
}

std::string balance_text(const Balance& balance) {
  return fmt::format(
      "BALANCE {}: received {} + generated {} = transmitted {} + dropped {} + consumed {} + held "
      "{}\n",
      balance.is_exact() ? "ok" : "WRONG", balance.received, balance.generated, balance.transmitted,
      balance.dropped, balance.consumed, balance.held);
}

std::string mbufs_text(const MbufsLeft& left) {
  auto text = fmt::format("MBUFS {}: {} of {} in use", left.is_right() ? "ok" : "WRONG",
                          left.in_use, left.size);
  if (left.kept > 0) text += fmt::format(", of which drivers may keep {}", left.kept);
  return text + "\n";
}

}  // namespace mediaplane
