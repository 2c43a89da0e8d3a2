// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/account.h"

#include <algorithm>

#include <fmt/format.h>

namespace mediaplane::bench {
namespace {

constexpr std::string_view kRelearningName = "relearning";

std::uint64_t count_of(const Drops& drops, std::string_view name) {
  const auto found = drops.find(name);
  return found == drops.end() ? 0 : found->second;
}

// Whether the relay has dropped what it had to drop, by these names, and nothing else.
void check_drops(const Traffic& traffic, Account& account) {
  for (const auto& [verdict, name] : kVerdictNames) {
    const auto dropped = count_of(account.drops, name);
    const auto expected = traffic.malformed(verdict);
    const bool may_be = name == kRelearningName && account.rebindings > 0;
    if (dropped == expected || may_be) continue;
    account.faults.push_back(fmt::format("{} dropped as {}, {} expected", dropped, name, expected));
  }
}

}  // namespace

Account account_of(const Traffic& traffic, Subject& subject) {
  Account account;
  account.sent = traffic.sent();
  account.missing = traffic.missing();
  account.findings = traffic.findings();
  account.lost_before = traffic.lost();
  account.rebindings = traffic.rebindings();
  account.malformed = traffic.malformed();
  if (const auto* drops = subject.drops()) {
    account.drops = *drops;
    account.relearning = std::min(account.missing, count_of(*drops, kRelearningName));
    check_drops(traffic, account);
  }
  if (account.lost() > 0) account.faults.push_back(fmt::format("{} missing", account.lost()));
  if (account.findings.wrong() > 0) {
    account.faults.push_back(fmt::format("{} wrong", account.findings.wrong()));
  }
  if (const auto fault = subject.fault_of_books(); !fault.empty()) account.faults.push_back(fault);
  return account;
}

void Account::add(const Account& other) {
  sent += other.sent;
  missing += other.missing;
  relearning += other.relearning;
  findings.received += other.findings.received;
  findings.duplicated += other.findings.duplicated;
  findings.reordered += other.findings.reordered;
  findings.misrouted += other.findings.misrouted;
  findings.corrupted += other.findings.corrupted;
  lost_before += other.lost_before;
  rebindings += other.rebindings;
  malformed += other.malformed;
  drops = other.drops;
  faults.insert(faults.end(), other.faults.begin(), other.faults.end());
}

void add_account(Figures& figures, const Account& account) {
  figures.add("packets", account.sent);
  figures.add("missing", account.lost());
  figures.add("doubled", account.findings.duplicated);
  figures.add("reordered", account.findings.reordered);
  figures.add("misrouted", account.findings.misrouted);
  figures.add("corrupted", account.findings.corrupted);
  figures.add("lost_before", account.lost_before);
  figures.add("rebindings", account.rebindings);
  figures.add("relearning", account.relearning);
  figures.add("malformed", account.malformed);
  figures.add("faults", account.faults.size());
}

std::string table_of(const Account& account) {
  const auto& findings = account.findings;
  auto text = fmt::format(
      "  packets             {:8} sent, {} missing, {} doubled, {} reordered, {} misrouted, {} "
      "corrupted\n",
      account.sent, account.lost(), findings.duplicated, findings.reordered, findings.misrouted,
      findings.corrupted);
  if (account.lost_before + account.rebindings + account.malformed > 0) {
    text += fmt::format(
        "  on purpose          {:8} lost before the relay, {} malformed, {} rebindings that cost "
        "{} "
        "packets\n",
        account.lost_before, account.malformed, account.rebindings, account.relearning);
  }
  if (!account.drops.empty()) text += "  dropped             " + to_string(account.drops) + "\n";
  for (const auto& fault : account.faults) text += "  WRONG               " + fault + "\n";
  return text;
}

}  // namespace mediaplane::bench
