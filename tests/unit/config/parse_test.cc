// SPDX-License-Identifier: BSD-2-Clause
// [dataplane], [control] and [media]: values, ranges, and what is said about wrong ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/config/parsing.h"

namespace mediaplane {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

void expect_rows(std::initializer_list<Complaint> rows, const std::string& table) {
  for (const auto& row : rows) {
    const auto text = kPort + table + "\n" + row.lines + "\n";
    SCOPED_TRACE(row.lines);
    if (row.expected.empty()) {
      EXPECT_EQ(complaints(text), "");
    } else {
      EXPECT_EQ(count_errors(text), 1U) << complaints(text);
      EXPECT_THAT(complaints(text), HasSubstr(row.expected));
    }
  }
}

TEST(Config, OnePortIsEnough) {
  const auto config = parse_config(kPort, "f");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->dataplane.worker_cpus, std::vector<std::uint32_t>{1});
  EXPECT_EQ(config->media.idle_timeout, std::chrono::seconds(60));
  EXPECT_EQ(config->control.listen, std::vector<std::string>{"unix:/run/mediaplane/control.sock"});
}

TEST(Config, ReadsEveryValue) {
  const auto config = parse_config(kPort + R"(
[dataplane]
socket = "/tmp/d"
cpus = { main = 2, workers = [3, 2] }
huge_pages = true
idle_sleep_us = 0
max_sessions = 7
mbufs = 4095
eal_args = ["-m", "64"]
[control]
listen = ["/tmp/a", "unix:/tmp/b"]
mode = "0600"
[media]
udp_ports = [35001, 35004]
udp_port_order = "sequential"
idle_timeout = "5m"
tos = 0
[recording]
directory = "/tmp/rec"
spool_directory = "/tmp/spool"
rtcp = false
all = true
format = "pcap"
)",
                                   "f");
  ASSERT_TRUE(config);
  const RecordingConfig recording{"/tmp/rec", "/tmp/spool", false, true, RecordingFormat::kPcap};
  EXPECT_EQ(config->recording, recording);
  const auto& dataplane = config->dataplane;
  EXPECT_EQ(dataplane.socket, "/tmp/d");
  EXPECT_EQ(dataplane.main_cpu, 2U);
  EXPECT_EQ(dataplane.worker_cpus, (std::vector<std::uint32_t>{3, 2}));
  EXPECT_TRUE(dataplane.huge_pages);
  EXPECT_EQ(dataplane.idle_sleep_us, 0U);
  EXPECT_EQ(dataplane.max_sessions, 7U);
  EXPECT_EQ(dataplane.mbufs, 4095U);
  EXPECT_EQ(dataplane.eal_args, (std::vector<std::string>{"-m", "64"}));
  EXPECT_EQ(config->control.listen, (std::vector<std::string>{"unix:/tmp/a", "unix:/tmp/b"}));
  EXPECT_EQ(config->control.mode, 0600U);
  EXPECT_EQ(config->media.first_udp_port, 35002);
  EXPECT_EQ(config->media.last_udp_port, 35004);
  EXPECT_EQ(config->media.udp_port_order, UdpPortOrder::kSequential);
  EXPECT_EQ(config->media.idle_timeout, std::chrono::minutes(5));
  EXPECT_EQ(config->media.tos, 0);
}

TEST(Config, DataplaneRows) {
  const std::string longest(106, 'x');
  expect_rows(
      {
          {"socket = \"/" + longest + "\"", ""},
          {"socket = \"/" + longest + "x\"", "at most 107 bytes"},
          {"socket = \"run/x\"", "the path is not absolute"},
          {"socket = 5", "dataplane.socket: expects text, and this is a whole number"},
          {"cpus = { main = 1, workers = [1] }", ""},
          {"cpus = { main = 1024 }", "dataplane.cpus.main: 1024 is out of range"},
          {"cpus = { main = -1 }", "-1 is out of range"},
          {"cpus = { workers = [] }", "at least one CPU"},
          {"cpus = { workers = [1, 2, 1] }", "CPU 1 is given twice"},
          {"cpus = { workers = 1 }", "expects a list of whole numbers"},
          {"cpus = [1]", "dataplane.cpus: expects a table, and this is a list"},
          {"cpus = { worker = [1] }", "unknown key 'worker' in [dataplane.cpus] (did you mean"},
          {"huge_pages = 1", "expects true or false, and this is a whole number"},
          {"idle_sleep_us = 1000", ""},
          {"idle_sleep_us = 1001", "must be 0 to 1000"},
          {"idle_sleep_us = 1.5", "and this is a number with a point"},
          {"max_sessions = 0", "must be 1 to 1000000"},
          {"max_sessions = 1000001", "must be 1 to 1000000"},
          {"max_sessions = \"5\"", "write it without quotes"},
          {"mbufs = 1023", "must be 1024 to 8388607, or 0"},
          {"mbufs = 8388608", "is out of range"},
          {"eal_args = \"-m 64\"", "put it in brackets"},
          {"eal_args = [\"--log-level=8\", \"--legacy-mem\", \"-m64\"]", ""},
          {"eal_args = [\"-l\", \"0-3\"]", "'-l' cannot be given here"},
          {"eal_args = [\"-c3\"]", "CPUs are set by dataplane.cpus"},
          {"eal_args = [\"--lcores=0\"]", "CPUs are set by dataplane.cpus"},
          {"eal_args = [\"--main-lcore\", \"0\"]", "the main CPU is set by"},
          {"eal_args = [\"--proc-type=auto\"]", "alone in its DPDK world"},
          {"eal_args = [\"--file-prefix=x\"]", "leaves no file behind"},
          {"eal_args = [\"--no-huge\"]", "set huge_pages = false"},
          {"eal_args = [\"--in-memory\"]", "set huge_pages = true"},
          {"eal_args = [\"--vdev=net_null0\"]", "belongs into a [[port]]"},
          {"eal_args = [\"-a0000:03:00.0\"]", "belongs into a [[port]]"},
          {"eal_args = [\"--\"]", "EAL's arguments only"},
          {"max_session = 5", "unknown key 'max_session' in [dataplane] (did you mean 'max_sess"},
      },
      "[dataplane]");
}

TEST(Config, ControlRows) {
  expect_rows(
      {
          {"listen = []", "at least one is needed"},
          {"listen = [\"udp:127.0.0.1:22222\", \"udp6:::1\", \"tcp:*\", \"cunix:/tmp/x\"]", ""},
          {"listen = [\"udp:127.0.0.1\", \"udp:127.0.0.1:22222\"]", "is given twice"},
          {"listen = [\"udp:localhost\"]", "'udp:localhost' is no address and port"},
          {"listen = [\"http:127.0.0.1\"]", "'http:127.0.0.1' is no control socket"},
          {"allow = [\"198.51.100.0/24\", \"2001:db8::/32\"]", ""},
          {"allow = []", ""},
          {"allow = [\"198.51.100.7\"]", "'198.51.100.7' is no network"},
          {"listen = [\"control.sock\"]", "is no absolute path"},
          {"listen = [\"unix:control.sock\"]", "is no absolute path"},
          {"listen = [\"/tmp/x\", \"unix:/tmp/x\"]", "'unix:/tmp/x' is given twice"},
          {"listen = [\"/run/mediaplane/dataplane.sock\"]", "the socket of the data plane"},
          {"listen = [\"/" + std::string(107, 'x') + "\"]", "at most 107 bytes"},
          {"mode = \"0777\"", ""},
          {"mode = \"1777\"", "octal, \"0000\" to \"0777\""},
          {"mode = \"0688\"", "'0688' is no file mode"},
          {"mode = \"\"", "'' is no file mode"},
          {"mode = 660", "for example \"0660\""},
      },
      "[control]");
}

TEST(Config, MediaRows) {
  expect_rows(
      {
          {"udp_ports = [65534, 65535]", ""},
          {"udp_ports = [65535, 65535]", "there is no pair of ports"},
          {"udp_ports = [1001, 1002]", "there is no pair of ports"},
          {"udp_ports = [1001, 1003]", ""},
          {"udp_ports = [2000, 1000]", "there is no pair of ports"},
          {"udp_ports = [2000]", "expects two numbers"},
          {"udp_ports = [1, 2, 3]", "expects two numbers"},
          {"udp_ports = 5", "expects a list of whole numbers"},
          {"idle_timeout = \"24h\"", ""},
          {"idle_timeout = \"1440m\"", ""},
          {"idle_timeout = \"86401s\"", "must be \"1s\" to \"24h\""},
          {"idle_timeout = \"0s\"", "must be \"1s\" to \"24h\""},
          {"idle_timeout = \"99999999999s\"", "is no duration"},
          {"idle_timeout = \"4294967295h\"", "is out of range"},
          {"idle_timeout = \"-5s\"", "is no duration"},
          {"idle_timeout = \"60\"", "is no duration"},
          {"idle_timeout = \"60 s\"", "is no duration"},
          {"idle_timeout = \"s\"", "is no duration"},
          {"idle_timeout = 60", "for example \"60s\""},
          {"learning = \"adaptive\"", ""},
          {"learning = \"adaptve\"", "(did you mean 'adaptive'?)"},
          {"learning = \"address\"", "must be 'adaptive', 'first-packet' or 'signalled'"},
          {"udp_port_order = \"up\"", "must be 'random' or 'sequential'"},
          {"tos = 255", ""},
          {"tos = 256", "must be 0 to 255"},
          {"addresses = [\"192.0.2.1\"]", ""},
          {"addresses = [\"192.0.2.1/24\"]", "'192.0.2.1/24' stands on no port"},
          {"addresses = [\"192.0.2.7\"]", "give an address of a [[port]]"},
          {"addresses = [\"192.0.2.1\", \"192.0.2.1\"]", "is given twice"},
          {"bridge = true", "needs two addresses"},
          {"symmetric = false", ""},
          {"setup_timeout = \"0s\"", "media.setup_timeout: '0s' is out of range"},
          {"each_direction_times_out = 1", "expects true or false"},
          {"send_small_twice = true", ""},
      },
      "[media]");
}

TEST(Config, ABridgeStandsOnTwoAddresses) {
  const std::string ports =
      "[[port]]\nname = 'a'\ndevice = 'net_null0'\naddresses = ['192.0.2.1/24', "
      "'198.51.100.1/24']\n"
      "[media]\naddresses = ['198.51.100.1', '192.0.2.1']\nidle_timeout = '7s'\n";
  const auto config = parse_config(ports + "bridge = true\n", "f");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->media.addresses[0], *parse_ip("198.51.100.1"));
  EXPECT_FALSE(config->media.symmetric);
  EXPECT_EQ(config->media.setup_timeout, std::chrono::seconds(7));
  EXPECT_TRUE(parse_config(ports + "bridge = true\nsymmetric = true\n", "f")->media.symmetric);
  EXPECT_TRUE(parse_config(ports, "f")->media.symmetric);
}

TEST(Config, SaysEachSyntaxErrorInItsOwnWords) {
  const std::vector<Complaint> rows = {
      {"huge_pages = yes", "a switch is true or false"},
      {"huge_pages = off", "write false"},
      {"socket = /run/x", "write \"/run/x\""},
      {"socket = \"/run/x", "the closing quote is missing"},
      {"mbufs = 0\nmbufs = 0", "'mbufs' is given twice"},
      {"[dataplane]", "table 'dataplane' is given twice"},
      {"mbufs =", "syntax error in "},
      {"[.x]", "syntax error in "},
      {"[[ =]]", "syntax error in "},
      {"eal_args = [", "syntax error in array: encountered end-of-file"},
  };
  for (const auto& row : rows) {
    const auto text = "[dataplane]\n" + row.lines + "\n";
    EXPECT_THAT(complaints(text), HasSubstr(row.expected)) << row.lines;
  }
  EXPECT_THAT(complaints("[control]\nmode = 0660\n"), HasSubstr("write \"0660\""));
  EXPECT_THAT(complaints("[port]\nname = \"a\"\n"), HasSubstr("write [[port]]"));
  EXPECT_THAT(complaints("[[media]]\n" + kPort), HasSubstr("write [media]"));
  EXPECT_THAT(complaints("x = \"\xff\"\n"), HasSubstr("f:1:"));
}

TEST(Config, AMissingQuoteHidesNoOtherError) {
  const auto all = complaints(
      "[[port]]\n"
      "name = \"wan\"\n"
      "device = net_null0,size=64 # none\n"
      "addresses = [192.0.2.1/24, 192.0.2.2/33, 5]\n"
      "gateway = 192.0.2.254\n"
      "mtuu = 1500\n");
  EXPECT_THAT(all, HasSubstr("f:3:10: error: text needs quotes\n"
                             "    3 | device = net_null0,size=64 # none\n"
                             "      |          ^ write \"net_null0,size=64\"\n"));
  EXPECT_THAT(all, HasSubstr("f:4:14: error: an address needs quotes\n"
                             "    4 | addresses = [192.0.2.1/24, 192.0.2.2/33, 5]\n"
                             "      |              ^ write \"192.0.2.1/24\"\n"));
  EXPECT_THAT(all, HasSubstr("f:4:28: error: text needs quotes\n"));
  EXPECT_THAT(all, HasSubstr("f:4:28: error: port 'wan': addresses: '192.0.2.2/33' is no address"));
  EXPECT_THAT(all, HasSubstr("f:4:42: error: port 'wan': addresses: expects text"));
  EXPECT_THAT(all, HasSubstr("f:5:11: error: an address needs quotes\n"));
  EXPECT_THAT(all, HasSubstr("f:6:1: error: unknown key 'mtuu' in [[port]] 'wan' (did you mean "
                             "'mtu'?)\n"));
}

TEST(Config, ErrorsComeInTheOrderOfTheFile) {
  const auto config = parse_config("[media]\ntos = 256\n[dataplane]\nmbufs = 5\n" + kPort, "f");
  ASSERT_FALSE(config);
  ASSERT_EQ(config.error().messages.size(), 2U);
  EXPECT_THAT(config.error().messages[0], StartsWith("f:2:7: error: media.tos"));
  EXPECT_THAT(config.error().messages[1], StartsWith("f:4:9: error: dataplane.mbufs"));
}

TEST(Config, CaretsCountCharactersAndKeepTabs) {
  EXPECT_THAT(complaints(kPort + "[media]\n\ttos = 256\n"), HasSubstr("      | \t      ^ must"));
  EXPECT_THAT(complaints(kPort + "[dataplane]\ncpus = { \"\u00e4\" = 1, main = -1 }\n"),
              HasSubstr("      |                          ^ must"));
}

TEST(Config, Recording) {
  expect_rows(
      {
          {"directory = \"/tmp/a\"", ""},
          {"directory = \"\"", ""},
          {"directory = \"rec\"", "'rec' is no absolute path"},
          {"directory = \"/a\"\nspool_directory = \"b\"", "'b' is no absolute path"},
          {"directory = \"/a\"\nformat = \"wav\"", "must be 'ad-hoc' or 'pcap'"},
          {"spool_directory = \"/a\"", "is needed to record"},
          {"all = true", "is needed to record"},
          {"rtcp = 1", "rtcp"},
          {"dirctory = \"/a\"", "did you mean 'directory'"},
      },
      "[recording]");
}

TEST(Config, UnknownTablesAreErrors) {
  EXPECT_THAT(complaints(kPort + "[controll]\n"),
              HasSubstr("unknown table 'controll' in the file (did you mean 'control'?)"));
  EXPECT_THAT(complaints(kPort + "[[ports]]\n"), HasSubstr("(did you mean 'port'?)"));
}

}  // namespace
}  // namespace mediaplane
