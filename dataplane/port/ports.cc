// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/port/ports.h"

#include <algorithm>
#include <string_view>

#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_mempool.h>
#include <spdlog/spdlog.h>

#include "dataplane/port/plan.h"

namespace mediaplane {
namespace {

using Failure = std::string;  // Without the port's name.

Result<std::uint16_t, Failure> find_ethdev(const PortConfig& config) {
  std::uint16_t ethdev = 0;
  const auto name = device_name(config.device);
  if (rte_eth_dev_get_port_by_name(name.c_str(), &ethdev) == 0) return ethdev;
  return failure(Failure(
      "DPDK has not created it. Its driver refused the device or one of the arguments; its own "
      "words stand above (more with eal_args = [\"--log-level=pmd.*:debug\"])"));
}

// EAL takes a driver that it does not know, or the wrong one, without a word.
Result<rte_eth_dev_info, Failure> inspect(const PortConfig& config, std::uint16_t ethdev) {
  rte_eth_dev_info info{};
  if (const int error = rte_eth_dev_info_get(ethdev, &info); error != 0) {
    return failure(fmt::format("cannot be inspected: {}", rte_strerror(-error)));
  }
  const auto name = device_name(config.device);
  const std::string driver = info.driver_name;
  if (is_virtual_device(config.device) && !name.starts_with(driver)) {
    return failure(fmt::format("is served by driver '{}'", driver));
  }
  return info;
}

rte_eth_conf ethdev_configuration(const rte_eth_dev_info& info, std::uint16_t queues) {
  rte_eth_conf conf{};
  conf.rxmode.offloads = info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM;
  // All packets come from one pool and are nobody else's when they are sent.
  conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
  if (queues > 1) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf.rss_hf =
        info.flow_type_rss_offloads & (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP);
    if (conf.rx_adv_conf.rss_conf.rss_hf == 0) conf.rxmode.mq_mode = RTE_ETH_MQ_RX_NONE;
  }
  return conf;
}

// One pair for each worker, or as many as there are: the other workers are guests then.
std::uint16_t queue_pairs(const rte_eth_dev_info& info, std::size_t workers) {
  const auto pairs = std::min(info.max_rx_queues, info.max_tx_queues);
  return static_cast<std::uint16_t>(std::min<std::size_t>(pairs, workers));
}

// The longest packet that the device admits, reckoned as rte_eth_dev_set_mtu() does.
std::uint32_t longest_mtu(const rte_eth_dev_info& info) {
  const bool tells_both = info.max_mtu != UINT16_MAX && info.max_rx_pktlen > info.max_mtu;
  const auto around = tells_both ? info.max_rx_pktlen - info.max_mtu
                                 : std::uint32_t{RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN};
  return std::min(std::uint32_t{info.max_mtu}, info.max_rx_pktlen - around);
}

Result<void, Failure> set_mtu(const PortConfig& config, const rte_eth_dev_info& info,
                              std::uint16_t ethdev) {
  std::uint16_t present = 0;
  if (rte_eth_dev_get_mtu(ethdev, &present) == 0 && present == config.mtu) return {};
  if (config.mtu > longest_mtu(info)) {
    return failure(fmt::format("mtu = {} is more than its {}", config.mtu, longest_mtu(info)));
  }
  const int error = rte_eth_dev_set_mtu(ethdev, config.mtu);
  // A device without an MTU of its own takes any frame.
  if (error == 0 || error == -ENOTSUP) return {};
  return failure(fmt::format("mtu = {} is refused: {}", config.mtu, rte_strerror(-error)));
}

Result<void, Failure> set_up_queues(std::uint16_t ethdev, std::uint16_t queues, rte_mempool* pool) {
  std::uint16_t rx = kRxDescriptors;
  std::uint16_t tx = kTxDescriptors;
  if (const int error = rte_eth_dev_adjust_nb_rx_tx_desc(ethdev, &rx, &tx); error != 0) {
    return failure(fmt::format("takes no descriptors: {}", rte_strerror(-error)));
  }
  const auto socket = static_cast<unsigned>(rte_eth_dev_socket_id(ethdev));
  for (std::uint16_t queue = 0; queue < queues; ++queue) {
    int error = rte_eth_rx_queue_setup(ethdev, queue, rx, socket, nullptr, pool);
    if (error == 0) error = rte_eth_tx_queue_setup(ethdev, queue, tx, socket, nullptr);
    if (error != 0) {
      return failure(fmt::format("queue {} is refused: {}", queue, rte_strerror(-error)));
    }
  }
  return {};
}

// net_af_xdp leaves in the kernel's rings what lies there when it is closed: as many as a queue's
// fill ring and completion ring hold.
std::uint32_t mbufs_kept_by(const rte_eth_dev_info& info, std::uint16_t queues) {
  constexpr std::uint32_t kRings = 2;
  constexpr std::uint32_t kSlots = 2048;
  const bool is_xdp = std::string_view(info.driver_name) == "net_af_xdp";
  return is_xdp ? queues * kRings * kSlots : 0;
}

Result<Port, Failure> open_port(const PortConfig& config, std::size_t workers, rte_mempool* pool) {
  const auto ethdev = find_ethdev(config);
  if (!ethdev) return failure(ethdev.error());
  const auto info = inspect(config, *ethdev);
  if (!info) return failure(info.error());
  const auto queues = queue_pairs(*info, workers);
  if (queues == 0) return failure(std::string("has no queues"));
  const auto conf = ethdev_configuration(*info, queues);
  if (const int error = rte_eth_dev_configure(*ethdev, queues, queues, &conf); error != 0) {
    return failure(fmt::format("refuses its configuration: {}", rte_strerror(-error)));
  }
  if (auto mtu = set_mtu(config, *info, *ethdev); !mtu) return failure(mtu.error());
  if (auto set = set_up_queues(*ethdev, queues, pool); !set) return failure(set.error());
  if (const int error = rte_eth_dev_start(*ethdev); error != 0) {
    return failure(fmt::format("does not start: {}", rte_strerror(-error)));
  }
  Port port;
  port.hearing = hear_multicast(*ethdev, config.addresses);
  port.config = &config;
  port.ethdev = *ethdev;
  port.queues = queues;
  port.keeps_mbufs = mbufs_kept_by(*info, queues);
  if (is_virtual_device(config.device)) port.interface = info->if_index;
  port.checks_ipv4 = (conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM) != 0;
  rte_ether_addr mac{};
  rte_eth_macaddr_get(*ethdev, &mac);
  std::copy_n(mac.addr_bytes, port.mac.bytes.size(), port.mac.bytes.begin());
  return port;
}

}  // namespace

Result<std::unique_ptr<Ports>, MissingResource> Ports::open(const Config& config,
                                                            rte_mempool* pool) {
  std::unique_ptr<Ports> ports(new Ports);
  for (const auto& port_config : config.ports) {
    auto port = open_port(port_config, config.dataplane.worker_cpus.size(), pool);
    if (!port) {
      return failure(MissingResource{fmt::format("port '{}': device {} {}", port_config.name,
                                                 port_config.device, port.error())});
    }
    spdlog::info("port '{}': {}, MAC {}, MTU {}", port_config.name, port_config.device,
                 to_string(port->mac), port_config.mtu);
    const auto workers = config.dataplane.worker_cpus.size();
    if (port->queues < workers) {
      spdlog::info("port '{}': {} queue pair(s) for {} workers, so packets are spread in software",
                   port_config.name, port->queues, workers);
    }
    if (port->hearing == Hearing::kNothing) {
      spdlog::warn(
          "port '{}': the driver cannot be told to hear multicast; if it does not hear it "
          "anyway, nobody finds its IPv6 addresses",
          port_config.name);
    }
    ports->ports_.push_back(*port);
  }
  return ports;
}

Ports::~Ports() {
  for (const auto& port : ports_) {
    stop_hearing(port.ethdev, port.hearing);
    rte_eth_dev_stop(port.ethdev);
    rte_eth_dev_close(port.ethdev);
  }
}

std::uint32_t Ports::keep_mbufs() const {
  std::uint32_t mbufs = 0;
  for (const auto& port : ports_) mbufs += port.keeps_mbufs;
  return mbufs;
}

std::vector<LocalPort> Ports::local_ports() const {
  std::vector<LocalPort> local;
  std::uint16_t index = 0;
  for (const auto& port : ports_) {
    if (local.size() <= port.ethdev) local.resize(port.ethdev + std::size_t{1});
    auto& view = local[port.ethdev];
    view.ethdev = port.ethdev;
    view.mtu = port.config->mtu;
    view.mac = port.mac;
    view.checks_ipv4 = port.checks_ipv4;
    for (const auto& prefix : port.config->addresses) view.add_address(prefix, index++);
  }
  return local;
}

std::uint64_t packets_sent(const Port& port) {
  rte_eth_stats stats{};
  rte_eth_stats_get(port.ethdev, &stats);
  return stats.opackets;
}

const char* name_of(Link link) {
  return link == Link::kUp ? "up" : link == Link::kGone ? "gone" : "down";
}

Link Ports::look_at(const Port& port) const {
  if (port.interface != 0) return kernel_.look(port.interface);
  rte_eth_link link{};
  if (rte_eth_link_get_nowait(port.ethdev, &link) != 0) return Link::kUnknown;
  return link.link_status == RTE_ETH_LINK_UP ? Link::kUp : Link::kDown;
}

void Ports::note(Port& port, Link link, std::vector<LinkChange>& changes) {
  if (link == port.link || link == Link::kUnknown || port.link == Link::kGone) return;
  port.link = link;
  changes.push_back({port.ethdev, link == Link::kUp});
  if (link == Link::kGone) {
    spdlog::error("port '{}': its device {} has vanished; the port is dead until a restart",
                  port.config->name, port.config->device);
  } else {
    spdlog::info("port '{}': link {}", port.config->name, name_of(link));
  }
}

std::vector<LinkChange> Ports::follow_links(bool look) {
  std::vector<LinkChange> changes;
  for (const auto& told : kernel_.changes(look)) {
    for (auto& port : ports_) {
      if (port.interface == told.interface) note(port, told.link, changes);
    }
  }
  for (auto& port : ports_) {
    // A device that tells nothing by itself is watched while nothing is sent there.
    const bool is_waited_for = port.link == Link::kDown && port.interface == 0;
    if (look || is_waited_for) note(port, look_at(port), changes);
  }
  return changes;
}

}  // namespace mediaplane
