# SPDX-License-Identifier: BSD-2-Clause
"""SIP software as others run it: Debian's Kamailio as proxy, SIPp as caller and callee.

The scenarios of tests/process/sip are SIPp's, with marks between `@` for what they all have in
common (STEPS below). A scenario tells the media agent (lab/media.py) through a FIFO, by SIPp's
<log>, where a call's media goes and when to talk.
"""

import os
import pathlib
import re

from lab import netns
from lab.media import FIRST_PORT, OTHER_PORT
from lab.network import ALICE, BOB, PROXY, Host
from lab.process import Process

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "sip"
SIP_PORT = 5060
SECOND_SIP_PORT = 5061
SIPP_PORT = 6000  # SIPp takes it and the next few for itself; [auto_media_port] counts from it.
MEDIA_PORT = f"[auto_media_port+{FIRST_PORT - SIPP_PORT}]"
MOVED_MEDIA_PORT = f"[auto_media_port+{FIRST_PORT - SIPP_PORT + OTHER_PORT}]"

_SDP = f"""\
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 @VERSION@ IN IP[media_ip_type] [media_ip]
s=-
c=IN IP[media_ip_type] @ADDRESS@
t=0 0
m=audio {MEDIA_PORT} RTP/AVP 8
a=rtpmap:8 PCMA/8000
a=@DIRECTION@
"""
_NO_BODY = "Content-Length: 0\n"
_REQUEST = """\
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[pid]-[call_number]-@BRANCH@
Call-ID: [call_id]
Contact: <sip:[local_ip]:[local_port]>
Max-Forwards: 70
"""
_FROM_CALLER = """\
From: <sip:alice@[local_ip]:[local_port]>;tag=alice[call_number]
To: <sip:bob@[remote_ip]:[remote_port]>[peer_tag_param]
"""
_FROM_CALLEE = """\
From: <sip:bob@[local_ip]:[local_port]>;tag=bob[call_number]
To:[$from]
"""


def _send(text: str, attributes: str = "") -> str:
    return f"<send {attributes}><![CDATA[\n\n{text}\n]]></send>"


def _sdp(direction: str, address: str = "[media_ip]", version: str = "1") -> str:
    return _SDP.replace("@DIRECTION@", direction).replace("@ADDRESS@", address).replace(
        "@VERSION@", version)


def _request(line: str, parties: str, cseq: str, branch: str, body: str) -> str:
    method = line.split()[0]
    return _send(f"{line} SIP/2.0\n{_REQUEST.replace('@BRANCH@', branch)}{parties}"
                 f"CSeq: {cseq} {method}\n{body}", "" if method == "ACK" else 'retrans="500"')


def _first(method: str, body: str = _NO_BODY) -> str:
    """INVITE, and what belongs to its transaction as long as there is no dialogue."""
    return _request(f"{method} sip:bob@[remote_ip]:[remote_port]", _FROM_CALLER, "1", "invite1",
                    body)


def _within(method: str, cseq: str, body: str = _NO_BODY, parties: str = _FROM_CALLER) -> str:
    """A request within the dialogue."""
    return _request(f"{method} [next_url]", parties, cseq, method.lower() + cseq,
                    "[routes]\n" + body)


def _invite(*sdp: str) -> str:
    return _first("INVITE", _sdp(*sdp)).replace("[peer_tag_param]", "")


def _reinvite(cseq: str, direction: str, address: str = "[media_ip]") -> str:
    return _within("INVITE", cseq, _sdp(direction, address, cseq))


def _move(cseq: str) -> str:
    sdp = _sdp("sendrecv", version=cseq).replace(MEDIA_PORT, MOVED_MEDIA_PORT)
    return _log("move") + _within("INVITE", cseq, sdp)


def _callee_reinvite(cseq: str, direction: str) -> str:
    return _within("INVITE", cseq, _sdp(direction, version=str(int(cseq) + 1)), _FROM_CALLEE)


def _cancel() -> str:
    return _first("CANCEL").replace("[peer_tag_param]", "")


def _answer(status: str, *sdp: str) -> str:
    is_final_for_invite = sdp or int(status[:3]) >= 300
    body = _sdp(*sdp) if sdp else _NO_BODY
    return _send(f"SIP/2.0 {status}\n[last_Via:]\n[last_From:]\n[last_To:];tag=bob[call_number]\n"
                 f"[last_Call-ID:]\n[last_CSeq:]\n[last_Record-Route:]\n"
                 f"Contact: <sip:[local_ip]:[local_port]>\n{body}",
                 'retrans="500"' if is_final_for_invite and status[0] != "1" else "")


def _reanswer(status: str, *sdp: str) -> str:
    """Within the dialogue, where To has its tag."""
    return _answer(status, *sdp).replace(";tag=bob[call_number]", "")


# For the answer to INVITE that is given after CANCEL has come.
_KEEP_VIA = """
      <ereg regexp=".*" search_in="hdr" header="Via:" occurrence="1" assign_to="via1"/>
      <ereg regexp=".*" search_in="hdr" header="Via:" occurrence="2" assign_to="via2"/>"""
# For the callee's own requests.
_KEEP_FROM = """
      <ereg regexp=".*" search_in="hdr" header="From:" assign_to="from"/>"""


def _cancelled() -> str:
    return _answer("487 Request Terminated").replace(
        "[last_Via:]", "Via: [$via1]\nVia: [$via2]").replace("[last_CSeq:]", "CSeq: 1 INVITE")


def _learn(more: str = "") -> str:
    """From an SDP: the relay's endpoint; and nothing of the other party may be in there."""
    return f"""<action>
      <ereg regexp="c=IN IP[46] ([0-9a-f.:]+)" search_in="body" check_it="true" assign_to="c,ip"/>
      <ereg regexp="m=audio ([0-9]+) " search_in="body" check_it="true" assign_to="m,port"/>
      <ereg regexp="@OTHER@" search_in="body" check_it_inverse="true" assign_to="leak"/>
      <log message="relay [call_number] [call_id] [$ip] [$port]"/>{more}
    </action>"""


def _log(event: str, argument: str = "") -> str:
    return f'<nop><action><log message="{event} [call_number] {argument}"/></action></nop>'


STEPS = {
    "INVITE": _invite,
    "REINVITE": _reinvite,
    "MOVE": _move,
    "ACK": lambda cseq: _within("ACK", cseq),
    "BYE": lambda cseq: _within("BYE", cseq),
    "CALLEE-REINVITE": _callee_reinvite,
    "CALLEE-ACK": lambda cseq: _within("ACK", cseq, parties=_FROM_CALLEE),
    "CALLEE-BYE": lambda cseq: _within("BYE", cseq, parties=_FROM_CALLEE),
    "CANCEL": _cancel,
    "FAILURE-ACK": lambda: _first("ACK"),
    "ANSWER": _answer,
    "REANSWER": _reanswer,
    "CANCELLED": _cancelled,
    "LEARN": _learn,
    "LEARN-AND-KEEP-VIA": lambda: _learn(_KEEP_VIA),
    "LEARN-AND-KEEP-FROM": lambda: _learn(_KEEP_FROM),
    "TALK": lambda packets: _log("talk", packets),
    "END": lambda: _log("end"),
}


def scenario(name: str, other: Host) -> str:
    """The scenario as SIPp wants it. `other` is the party whose address must not be seen."""
    def step(match: re.Match) -> str:
        word, *arguments = match[1].split(":")
        return STEPS[word](*arguments)
    text = (FOLDER / f"{name}.xml").read_text()
    if "@LEARN" in text:  # SIPp refuses variables that are set and never used.
        text = text.replace("</scenario>", '<Reference variables="c,m,leak"/></scenario>')
    return re.sub(r"@([A-Z-]+(?::[^@]*)?)@", step, text).replace("@OTHER@", re.escape(other.ip))


class Sipp:
    """A run of a scenario, at one host."""

    def __init__(self, host: Host, other: Host, name: str, folder: pathlib.Path, calls: int,
                 *arguments: str):
        self._errors = folder / f"{host.name}-errors.log"
        self.events = folder / f"{host.name}-events"
        os.mkfifo(self.events)
        file = folder / f"{name}.xml"
        file.write_text(scenario(name, other))
        self.process = Process(netns.command(
            host.name, "sipp", "-sf", str(file), "-i", host.ip, "-p", str(SIP_PORT),
            "-mi", host.ip, "-mp", str(SIPP_PORT), "-m", str(calls), "-nostdin",
            "-trace_logs", "-log_file", str(self.events), "-trace_err", "-error_file",
            str(self._errors), "-cid_str", "%u@alice", "-timeout", "40s", "-timeout_error",
            *arguments))

    def assert_success(self) -> None:
        """Every call went as the scenario says."""
        assert self.process.wait(5) == 0, self.report()

    def report(self) -> str:
        """What SIPp says about errors, and its last screen."""
        errors = self._errors.read_text() if self._errors.exists() else ""
        screen = self.process.output.splitlines()[-60:]
        return "\n".join([f"sipp ended with status {self.process.popen.poll()}", errors, *screen])


def caller(name: str, folder: pathlib.Path, calls: int, rate: int, proxy_ip: str = PROXY.ip, *,
           host: Host = ALICE, other: Host = BOB) -> Sipp:
    return Sipp(host, other, name, folder, calls, "-r", str(rate), "-l", str(calls),
                socket_address(proxy_ip))


def callee(name: str, folder: pathlib.Path, calls: int, *, host: Host = BOB,
           other: Host = ALICE) -> Sipp:
    return Sipp(host, other, name, folder, calls)


def socket_address(ip: str, port: int = SIP_PORT) -> str:
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


class Kamailio:
    """In a process namespace of its own, so that its children end with it. `options` are names that
    the configuration knows, each with its value."""

    def __init__(self, control: str, folder: pathlib.Path, media_flags: str,
                 callee_ip: str = BOB.ip, proxy_ips: tuple[str, ...] = (PROXY.ip,),
                 spiral: bool = False, **options: str):
        argv = ["unshare", "--pid", "--fork", "--kill-child=KILL", "kamailio", "-DD", "-E",
                "-f", str(FOLDER / "kamailio.cfg"), "-Y", str(folder), "-m", "32", "-M", "8"]
        if len(proxy_ips) > 1:
            options["TWO_SIDES"] = "yes"
        for ip in proxy_ips:
            argv += ["-l", f"udp:{socket_address(ip)}"]
        if spiral:
            argv += ["-l", f"udp:{PROXY.ip}:{SECOND_SIP_PORT}"]
            options["SPIRAL"] = f"sip:{PROXY.ip}:{SECOND_SIP_PORT}"
        for name, value in {"CONTROL": control, "CALLEE": f"sip:{socket_address(callee_ip)}",
                            "MEDIA_FLAGS": media_flags, **options}.items():
            argv += ["-A", f'{name}="{value}"']
        self.process = Process(netns.command(PROXY.name, *argv))
        self.process.wait_for_line("kamailio is ready")
