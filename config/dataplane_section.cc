// SPDX-License-Identifier: BSD-2-Clause
// [dataplane]
#include <algorithm>
#include <array>

#include "config/sections.h"
#include "dataplane/abi/region.h"

namespace mediaplane::config {
namespace {

constexpr Range kCpus = {0, 1023};  // cpu_set_t
constexpr Range kMbufs = {1024, 8388607};

// EAL arguments that would contradict the rest of the file, and what to do instead.
struct RefusedArgument {
  std::string_view name;
  std::string_view instead;
};

constexpr std::array<RefusedArgument, 18> kRefused = {{
    {"-l", "CPUs are set by dataplane.cpus"},
    {"-c", "CPUs are set by dataplane.cpus"},
    {"--lcores", "CPUs are set by dataplane.cpus"},
    {"--main-lcore", "the main CPU is set by dataplane.cpus"},
    {"--master-lcore", "the main CPU is set by dataplane.cpus"},
    {"--proc-type", "the data plane is alone in its DPDK world"},
    {"--file-prefix", "the data plane leaves no file behind"},
    {"--no-huge", "set huge_pages = false"},
    {"--in-memory", "set huge_pages = true"},
    {"--vdev", "a device belongs into a [[port]]"},
    {"-a", "a device belongs into a [[port]]"},
    {"--allow", "a device belongs into a [[port]]"},
    {"-b", "only the devices of [[port]] are used"},
    {"--block", "only the devices of [[port]] are used"},
    {"-h", "EAL would print its help and end the program"},
    {"--help", "EAL would print its help and end the program"},
    {"-v", "EAL logs its version with --log-level=lib.eal:debug"},
    {"--", "the list holds EAL's arguments only"},
}};

bool is_argument(std::string_view text, std::string_view name) {
  if (text == name) return true;
  if (name == "--") return false;
  if (name.starts_with("--")) return text.starts_with(std::string(name) + "=");
  return text.starts_with(name) && !text.starts_with("--");  // "-l0-3"
}

void read_socket(TableReader& table, std::string& to) {
  const auto path = table.text("socket", "\"/run/mediaplane/dataplane.sock\"");
  if (!path) return;
  if (!path->value.starts_with('/')) {
    table.complain(path->at, "socket", "the path is not absolute", "begin it with '/'");
  } else if (path->value.size() > kMaxSocketPath) {
    table.complain(path->at, "socket", "the path is too long", "at most 107 bytes");
  } else {
    to = path->value;
  }
}

void read_workers(TableReader& cpus, std::vector<std::uint32_t>& to) {
  const auto workers = cpus.numbers("workers", kCpus);
  if (!workers) return;
  to.clear();
  for (const auto& cpu : workers->value) {
    const auto value = static_cast<std::uint32_t>(cpu.value);
    if (std::ranges::find(to, value) != to.end()) {
      cpus.complain(cpu.at, "workers", "CPU " + std::to_string(value) + " is given twice");
    }
    to.push_back(value);
  }
  if (to.empty()) {
    cpus.complain(workers->at, "workers", "no worker", "at least one CPU: [1]");
  } else if (to.size() > abi::kMaxWorkers) {
    cpus.complain(workers->at, "workers", "too many workers",
                  "at most " + std::to_string(abi::kMaxWorkers));
  }
}

void read_mbufs(TableReader& table, std::uint32_t& to) {
  const auto mbufs = table.number("mbufs", {0, kMbufs.max});
  if (!mbufs) return;
  if (mbufs->value != 0 && mbufs->value < kMbufs.min) {
    table.complain(mbufs->at, "mbufs", std::to_string(mbufs->value) + " is out of range",
                   "must be 1024 to 8388607, or 0 for as many as are needed");
    return;
  }
  to = static_cast<std::uint32_t>(mbufs->value);
}

void read_eal_args(TableReader& table, std::vector<std::string>& to) {
  const auto arguments = table.texts("eal_args", "\"--no-pci\"");
  if (!arguments) return;
  to.clear();
  for (const auto& argument : arguments->value) {
    const auto refused = std::ranges::find_if(
        kRefused, [&](const RefusedArgument& r) { return is_argument(argument.value, r.name); });
    if (refused != kRefused.end()) {
      table.complain(argument.at, "eal_args",
                     "'" + std::string(refused->name) + "' cannot be given here",
                     std::string(refused->instead));
    }
    to.push_back(argument.value);
  }
}

}  // namespace

DataplaneConfig read_dataplane(TableReader& root) {
  DataplaneConfig config;
  auto table = root.table("dataplane");
  if (!table) return config;
  read_socket(*table, config.socket);
  if (auto cpus = table->table("cpus")) {
    cpus->read("main", kCpus, config.main_cpu);
    read_workers(*cpus, config.worker_cpus);
    cpus->reject_unknown();
  }
  table->read("huge_pages", config.huge_pages);
  table->read("idle_sleep_us", {0, 1000}, config.idle_sleep_us);
  table->read("max_sessions", {1, 1'000'000}, config.max_sessions);
  read_mbufs(*table, config.mbufs);
  read_eal_args(*table, config.eal_args);
  table->reject_unknown();
  return config;
}

}  // namespace mediaplane::config
