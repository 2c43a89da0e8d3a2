// SPDX-License-Identifier: BSD-2-Clause
#include "tests/perf/bench/relay_path.h"

#include <algorithm>

#include <fmt/format.h>
#include <rte_dev.h>
#include <rte_eth_ring.h>
#include <rte_ring.h>
#include <unistd.h>

#include "config/hello.h"
#include "dataplane/abi/message_io.h"

namespace mediaplane::bench {
namespace {

constexpr int kPatience = 1000;  // Turns of the housekeeper, of a millisecond at most.

Config configuration(const TrafficOptions& options, std::uint32_t mbufs) {
  Config config;
  config.dataplane.socket = fmt::format("/tmp/mediaplane-bench-{}.sock", getpid());
  config.dataplane.max_sessions = options.sessions;
  config.dataplane.mbufs = mbufs;
  auto& port = config.ports.emplace_back();
  port.name = "bench";
  port.device = "net_ring_bench";
  port.addresses = relay_addresses(options);
  for (const auto& prefix : port.addresses) port.advertised.push_back(prefix.ip);
  port.gateway = {*parse_ip(kGateway), kGatewayMac};
  port.gateway6 = {*parse_ip(kGateway6), kGatewayMac};
  return config;
}

}  // namespace

Result<std::unique_ptr<Wire>, std::string> Wire::create() {
  std::unique_ptr<Wire> wire(new Wire);
  constexpr unsigned kFlags = RING_F_SP_ENQ | RING_F_SC_DEQ;
  wire->in_ = rte_ring_create("bench_in", kWirePackets, SOCKET_ID_ANY, kFlags);
  wire->out_ = rte_ring_create("bench_out", kWirePackets, SOCKET_ID_ANY, kFlags);
  if (wire->in_ == nullptr || wire->out_ == nullptr ||
      rte_eth_from_rings("bench", &wire->in_, 1, &wire->out_, 1, SOCKET_ID_ANY) < 0) {
    return failure(std::string("no rings: DPDK has too little memory"));
  }
  return wire;
}

Wire::~Wire() {
  rte_eal_hotplug_remove("vdev", "net_ring_bench");
  rte_ring_free(in_);
  rte_ring_free(out_);
}

bool Wire::put(rte_mbuf* mbuf) { return rte_ring_enqueue(in_, mbuf) == 0; }

std::uint32_t Wire::take(std::span<rte_mbuf*, kBurst> mbufs) {
  return rte_ring_dequeue_burst(out_, reinterpret_cast<void**>(mbufs.data()), kBurst, nullptr);
}

Result<std::unique_ptr<RelayPath>, std::string> RelayPath::create(const TrafficOptions& options,
                                                                  std::uint32_t mbufs) {
  std::unique_ptr<RelayPath> path(new RelayPath);
  path->config_ = configuration(options, mbufs);
  auto wire = Wire::create();
  if (!wire) return failure(wire.error());
  path->wire_ = std::move(*wire);
  auto assembly = Assembly::create(path->config_);
  if (!assembly) return failure(assembly.error());
  path->assembly_ = std::move(*assembly);
  path->setup_.reset(new WorkerSetup(path->assembly_->worker_setup(0, path->stop_)));
  path->worker_ = std::make_unique<Worker>(*path->setup_);
  return path;
}

RelayPath::~RelayPath() {
  worker_.reset();
  attachment_.reset();
  if (assembly_) {
    assembly_->drain();
    assembly_->close();
  }
}

void RelayPath::housekeep() {
  for (int i = 0; i < kPatience && assembly_->housekeeping().turn(0); ++i) {
  }
  if (is_loaded_) discard_events();
}

// What was learned; nobody here wants to know.
void RelayPath::discard_events() {
  abi::Message message;
  while (abi::receive(attachment_->events, message) == abi::Receipt::kMessage) {
  }
}

Result<abi::FileDescriptor, std::string> RelayPath::attach() {
  const auto hello = hello_of(config_);
  auto socket = say_hello(config_.dataplane.socket, hello);
  if (!socket) return failure(socket.error());
  for (int i = 0; i < kPatience; ++i) {
    assembly_->housekeeping().turn(1);
    auto welcome = take_welcome(*socket, hello);
    if (!welcome) return failure(welcome.error());
    if (!*welcome) continue;
    attachment_ = std::move(**welcome);
    return std::move(*socket);
  }
  return failure(std::string("the data plane does not answer"));
}

Result<void, std::string> RelayPath::load(const Traffic& traffic) {
  if (auto attached = attach(); !attached) return failure(attached.error());
  const auto identifiers = std::as_bytes(std::span("benchfrom", 9));
  std::uint32_t sent = 0;
  std::uint32_t confirmed = 0;
  while (confirmed < config_.dataplane.max_sessions) {
    for (; sent < config_.dataplane.max_sessions; ++sent) {
      auto session = traffic.session(sent);
      session.call_id_length = 5;
      session.from_tag_length = 4;
      if (!abi::send(attachment_->commands, abi::MessageType::kSetSession, sent + 1,
                     abi::as_bytes_of(session), identifiers)) {
        break;
      }
    }
    housekeep();
    round(rte_rdtsc());  // A quiescent state.
    abi::Message message;
    const auto before = confirmed;
    while (abi::receive(attachment_->events, message) == abi::Receipt::kMessage) {
      abi::Reply reply;
      std::span<const std::byte> rest;
      if (message.header().type != abi::MessageType::kReply) continue;
      if (!message.read(reply, rest) || reply.status != abi::Status::kDone) {
        return failure(fmt::format("a session was refused: {}", static_cast<int>(reply.status)));
      }
      ++confirmed;
    }
    if (confirmed == before) return failure(std::string("a session was not confirmed"));
  }
  is_loaded_ = true;
  return {};
}

bool RelayPath::offer(std::span<const std::byte> frame) {
  auto* mbuf = rte_pktmbuf_alloc(assembly_->pool());
  if (mbuf == nullptr) return false;
  std::copy(frame.begin(), frame.end(), rte_pktmbuf_mtod(mbuf, std::byte*));
  mbuf->data_len = static_cast<std::uint16_t>(frame.size());
  mbuf->pkt_len = mbuf->data_len;
  if (wire_->put(mbuf)) return true;
  rte_pktmbuf_free(mbuf);
  return false;
}

std::string RelayPath::drops() {
  std::string text;
  const auto& totals = assembly_->shared().region.lcore_totals(0);
  for (const auto& [verdict, name] : kVerdictNames) {
    const auto count = totals.verdicts[static_cast<std::size_t>(verdict)].load();
    if (!is_drop(verdict) || count == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, count);
  }
  return text;
}

}  // namespace mediaplane::bench
