# SPDX-License-Identifier: BSD-2-Clause
"""Lays rtpproxy's options over a configuration of mediaplane."""

import copy
import ipaddress
import os
import socket
import tomllib
from pathlib import Path

from dropin.options import Options, Refusal
from dropin.sockets import handed_over_paths

DEFAULT_SOCKET = "unix:/var/run/rtpproxy.sock"
FIRST_UDP_PORT, LAST_UDP_PORT = 35000, 65000
WILDCARDS = {4: {"*", "0.0.0.0"}, 6: {"*", "::"}}
LOOPBACK = {4: "127.0.0.1", 6: "::1"}


def configuration(options: Options) -> dict:
    """What both programs shall read, but for the data plane's socket."""
    config = read_file(options)
    ports = Ports(options, config.get("port", []))
    addresses, bridges = listen_addresses(options, ports)
    config["port"] = ports.tables
    config["dataplane"] = dataplane(config.get("dataplane", {}), ports.tables)
    config["control"] = control(options, config.get("control", {}))
    config["media"] = media(options, config.get("media", {}), addresses, bridges)
    if recording := recording_table(options, config.get("recording", {})):
        config["recording"] = recording
    return config


def read_file(options: Options) -> dict:
    path = Path(options.file)
    if not path.exists() and "--config" not in options.values and "--device" in options.values:
        return {}
    try:
        return tomllib.loads(path.read_text())
    except OSError as error:
        raise Refusal(
            f"{path}: {error.strerror}. The file says on which device the addresses stand;"
            " config/lab.toml and config/appliance.toml are samples. --device DEVICE goes without."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal(f"{path}: {error}") from None


class Ports:
    """The ports of the file, or the one of --device, and the addresses on them."""

    def __init__(self, options: Options, tables: list[dict]):
        self.file = options.file
        self.is_made = "--device" in options.values
        self.tables = copy.deepcopy(tables)
        if self.is_made:
            device = options.values["--device"]
            # Without it, a null device hands out empty frames as fast as it can.
            if device.startswith("net_null") and "no-rx" not in device:
                device += ",no-rx=1"
            self.tables = [{"name": "port0", "device": device, "addresses": []}]

    def entry_of(self, address: str) -> tuple[dict, int] | None:
        """The port that has it, and its place there."""
        for table in self.tables:
            for place, entry in enumerate(table.get("addresses", [])):
                if host_of(entry) == address:
                    return table, place
        return None

    def own_address(self, family: int) -> str:
        """What stands for * in this family."""
        for table in self.tables:
            for entry in table.get("addresses", []):
                if ipaddress.ip_address(host_of(entry)).version == family:
                    return host_of(entry)
        if self.is_made:
            return LOOPBACK[family]
        raise Refusal(f"{self.file}: no port has an IPv{family} address that * could stand for")

    def serve(self, address: str, told: str | None):
        """Has the address on a port, and `told` to SIP proxies instead of it."""
        if self.is_made and self.entry_of(address) is None:
            self.tables[0]["addresses"].append(address + default_prefix(address))
        found = self.entry_of(address)
        if found is None:
            raise Refusal(
                f"{address} stands on no port of {self.file}:"
                " add it to `addresses` of the [[port]] where it belongs"
            )
        table, place = found
        if told is not None:
            table["addresses"][place] = table["addresses"][place].partition("=")[0] + "=" + told


def host_of(entry: str) -> str:
    return str(ipaddress.ip_interface(entry.partition("=")[0]).ip)


def default_prefix(address: str) -> str:
    if ipaddress.ip_address(address).is_loopback:
        return "/8" if "." in address else "/128"
    return "/24" if "." in address else "/64"


def resolved(options: Options, family: int, name: str) -> str:
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    if "--no_resolve" in options.switches:
        raise Refusal(f"{name}: not a numeric address, and --no_resolve forbids to ask")
    try:
        wanted = socket.AF_INET6 if family == 6 else socket.AF_INET
        return socket.getaddrinfo(name, None, wanted)[0][4][0]
    except OSError as error:
        raise Refusal(f"{name}: {error.strerror}") from None


def listen_slots(options: Options) -> tuple[list[tuple[int, str]], bool]:
    """The addresses in their order, and whether they are the two of a bridge."""
    listen = options.listen or [(4, "*")]
    if not any("/" in argument for _, argument in listen):
        return listen, False
    slots: list[tuple[int, str] | None] = [None, None]
    for family, argument in listen:
        for place, name in enumerate(argument.split("/", 1)):
            if not name:
                continue
            if slots[place] is not None:
                which = ("first", "second")[place]
                raise Refusal(f"-l, -6: the {which} address of the bridge is given twice")
            slots[place] = (family, name)
    if None in slots:
        raise Refusal("-l, -6: a bridge needs two addresses, as in -l INTERNAL/EXTERNAL")
    return slots, True


def listen_addresses(options: Options, ports: Ports) -> tuple[list[str], bool]:
    slots, bridges = listen_slots(options)
    advertised = (options.advertised or "").split("/", 1)
    addresses = []
    for place, (family, argument) in enumerate(slots):
        if "@" in argument:
            raise Refusal(f"{argument}: labels are not built yet")
        name, _, told = argument.partition("=")
        if not told and place < len(advertised):
            told = advertised[place]
        is_any = name in WILDCARDS[family]
        address = ports.own_address(family) if is_any else resolved(options, family, name)
        ports.serve(address, told or ("*" if is_any else None))
        addresses.append(address)
    return addresses, bridges


def dataplane(table: dict, ports: list[dict]) -> dict:
    cpus = sorted(os.sched_getaffinity(0))
    table = {"cpus": {"main": cpus[0], "workers": [cpus[-1]]}} | table
    if all(str(port.get("device", "")).startswith("net_") for port in ports):
        table.setdefault("eal_args", ["--no-pci"])
    return table


def control(options: Options, table: dict) -> dict:
    table = dict(table)
    # Addressed to the file's sockets only if neither says otherwise.
    if options.sockets or "listen" not in table:
        table["listen"] = [absolute(name) for name in options.sockets or [DEFAULT_SOCKET]]
    if (mode := options.number("-w", 0, 0o777, 8)) is not None:
        table["mode"] = f"{mode:04o}"
    is_open = [s for s in table["listen"] if s.startswith(("udp", "tcp")) and not is_loopback(s)]
    if is_open and "allow" not in table:
        options.notes.append(
            f"{is_open[0]}: only this machine may use it;"
            f" name the SIP proxies' networks in {options.file}: [control] allow = [...]"
        )
    return table


def is_loopback(name: str) -> bool:
    return any(host in name for host in (":127.", ":::1", ":[::1]", ":localhost"))


def absolute(name: str) -> str:
    """rtpproxy takes paths from where it is started."""
    scheme, colon, path = name.partition(":")
    # A path of a Unix socket stands alone, too, and may have a colon in it.
    if "/" in scheme:
        colon = ""
    if name.startswith("stdio"):
        raise Refusal(f"-s {name}: control over standard input is not built")
    if name.startswith("systemd:"):
        return inherited_socket()
    if not colon:
        return "unix:" + os.path.abspath(name)
    return f"{scheme}:{os.path.abspath(path)}" if scheme in ("unix", "cunix") else name


def inherited_socket() -> str:
    for path in handed_over_paths():
        return f"unix:{path}"
    raise Refusal("-s systemd: no socket was handed over (LISTEN_FDS)")


def media(options: Options, table: dict, addresses: list[str], bridges: bool) -> dict:
    table = table | {"addresses": addresses, "bridge": bridges}
    first = options.number("-m", 1, 65535)
    last = options.number("-M", 1, 65535)
    if first is not None or last is not None:
        present = table.get("udp_ports", [FIRST_UDP_PORT, LAST_UDP_PORT])
        table["udp_ports"] = [first or present[0], last or present[1]]
    if "-b" in options.switches:
        table["udp_port_order"] = "sequential"
    for option, key in (("-T", "idle_timeout"), ("-W", "setup_timeout")):
        if (seconds := options.number(option, 1, 86400)) is not None:
            table[key] = f"{seconds}s"
    if (tos := options.number("-t", 0, 255)) is not None:
        table["tos"] = tos
    if "-i" in options.switches:
        table["each_direction_times_out"] = True
    if "-2" in options.switches:
        table["send_small_twice"] = True
    if "--bridge_symmetric" in options.switches:
        table["symmetric"] = True
    if "--force_asymmetric" in options.switches:
        table["symmetric"] = False
    if "--learning" in options.values:
        table["learning"] = options.values["--learning"]
    return table


def recording_table(options: Options, table: dict) -> dict:
    table = dict(table)
    for option, key in (("-r", "directory"), ("-S", "spool_directory")):
        if option in options.values:
            table[key] = os.path.abspath(options.values[option])
    if "-R" in options.switches:
        table["rtcp"] = False
    if "-P" in options.switches:
        table["format"] = "pcap"
    if "-a" in options.switches:
        table["all"] = True
    return table
