// SPDX-License-Identifier: BSD-2-Clause
// The configuration: any bytes are a configuration or a list of errors that can be printed.
#include "config/config.h"

#include "config/report.h"
#include "tests/fuzz/holds.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mediaplane;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto config = parse_config(text, "fuzzed.toml");
  if (config) {
    test::holds(config->local_addresses().size() == config->advertised_addresses().size(),
                "each address is advertised somehow");
    test::holds(config->media.first_udp_port % 2 == 0, "UDP ports begin even");
  } else {
    test::holds(!config.error().messages.empty(), "an error says what is wrong");
    report_of(config.error(), "fuzz");
  }
  return 0;
}
