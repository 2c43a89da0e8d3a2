# SPDX-License-Identifier: BSD-2-Clause
"""rtpproxy's command line, and the few options of our own."""

import getopt
import syslog
from dataclasses import dataclass, field

DEFAULT_FILE = "/etc/mediaplane/rtpproxy.toml"

HELP = f"""usage: rtpproxy [OPTION]...
  -l ADDR[=ADVERTISED]  address for media, also INTERNAL/EXTERNAL to bridge; * = the port's own
  -6 ADDR               the same for IPv6; "-l ADDR -6 /ADDR" bridges between the families
  -A ADDR[/ADDR]        what SIP proxies are told instead of the addresses
  -s SOCKET             control socket: unix:PATH, cunix:PATH, udp:, udp6:, tcp:, tcp6:HOST[:PORT],
                        systemd: (may be repeated; default unix:/var/run/rtpproxy.sock)
  -m PORT -M PORT -b    first and last UDP port for media (35000, 65000); in sequence
  -T SECONDS            end a session after so long without packets (60); -W until it is answered
  -i                    end a session when one of its directions is silent
  -t TOS -2             TOS byte (184); send small packets twice
  -r DIR -S DIR         record to this directory, by way of that one
  -P -a -R              record as pcap; record every session; no RTCP
  -f -D -p FILE         stay in the foreground; stay in the directory; pid file (/var/run/rtpproxy.pid)
  -u USER[:GROUP]       the control plane's user; -w MODE of the Unix socket
  -d LEVEL[:FACILITY]   log DBUG, INFO, WARN, ERR or CRIT, as a daemon to that syslog facility
  -v -V                 what the protocol can do; the version
  --bridge_symmetric, --force_asymmetric
  --config FILE         mediaplane's side of it (default: {DEFAULT_FILE})
  --device DEVICE       a DPDK device for media instead of the file's ports
  --learning MODE       adaptive, first-packet or signalled
"""

# What has no equal here and is not missed.
IGNORED = {
    "-C": "time stamps come from the CPU's counter",
    "-L": "media needs no descriptors",
    "-F": "only the data plane needs root",
    "-c": "packets have CPUs of their own; see [dataplane] cpus in the file",
    "--nice": "packets have CPUs of their own; see [dataplane] cpus in the file",
    "--overload_prot": "commands are refused (E98) whenever they cannot be carried out",
    "--no_redirect": "it changes nothing here",
}
# What somebody would miss.
REFUSED = {
    "-n": "time-out notifications are not built yet",
    "--dso": "modules of rtpproxy cannot be loaded",
}

SHORT = "2fvVRPaibDFhl:6:s:S:t:r:p:T:W:L:m:M:u:w:n:A:d:c:C:"
LONG = (
    "config= device= learning= dso= nice= overload_prot bridge_symmetric force_asymmetric"
    " no_resolve no_redirect help"
).split()

LEVELS = {"DBUG": "debug", "INFO": "info", "WARN": "warning", "ERR": "error", "CRIT": "critical"}


class Refusal(Exception):
    """A reason not to start, for people."""


@dataclass
class Options:
    answer: str | None = None  # Only say something: "help", "capabilities", "version".
    listen: list[tuple[int, str]] = field(default_factory=list)  # (4 or 6, argument)
    advertised: str | None = None
    sockets: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)  # Of options that need no care here.
    switches: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    level: str | None = None
    facility: str = "LOG_DAEMON"

    @property
    def file(self) -> str:
        return self.values.get("--config", DEFAULT_FILE)

    def number(self, option: str, least: int, most: int, base: int = 10) -> int | None:
        if option not in self.values:
            return None
        text = self.values[option]
        try:
            number = int(text, base)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            allowed = f"0 to {most:o}, octal" if base == 8 else f"{least} to {most}"
            raise Refusal(f"{option} {text}: must be {allowed}")
        return number


def parse(arguments: list[str]) -> Options:
    try:
        given, stray = getopt.getopt(arguments, SHORT, LONG)
    except getopt.GetoptError as error:
        raise Refusal(f"{error}\n{HELP}") from None
    if stray:
        raise Refusal(f"{stray[0]}: not an option\n{HELP}")
    options = Options()
    for option, value in given:
        take(options, option, value)
    return options


def take(options: Options, option: str, value: str):
    answers = {"-v": "capabilities", "-V": "version", "-h": "help", "--help": "help"}
    if option in REFUSED:
        raise Refusal(f"{option}: {REFUSED[option]}")
    if option in IGNORED:
        options.notes.append(f"{option} is ignored: {IGNORED[option]}")
    elif option in answers:
        options.answer = answers[option]
    elif option in ("-l", "-6"):
        options.listen.append((6 if option == "-6" else 4, value))
    elif option == "-s":
        options.sockets.append(value)
    elif option == "-A":
        options.advertised = value
    elif option == "-d":
        take_level(options, value)
    elif takes_value(option):
        if not value:
            raise Refusal(f"{option}: its value is empty")
        options.values[option] = value
    else:
        options.switches.add(option)


def takes_value(option: str) -> bool:
    if option.startswith("--"):
        return option[2:] + "=" in LONG
    return option[1] + ":" in SHORT


def take_level(options: Options, value: str):
    level, _, facility = value.partition(":")
    if level not in LEVELS:
        raise Refusal(f"-d {value}: the level must be one of {', '.join(LEVELS)}")
    options.level = LEVELS[level]
    options.facility = facility or options.facility
    if not (options.facility.startswith("LOG_") and hasattr(syslog, options.facility)):
        raise Refusal(f"-d {value}: {facility} is no facility of syslog, as LOG_LOCAL5 is")
