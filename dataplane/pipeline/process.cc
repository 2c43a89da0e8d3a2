// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/process.h"

#include "dataplane/pipeline/admit.h"
#include "dataplane/pipeline/classify.h"
#include "dataplane/pipeline/lookup.h"
#include "dataplane/pipeline/measure.h"
#include "dataplane/pipeline/rewrite.h"

namespace mediaplane {
namespace {

// How often a packet may pass through the relay. A call that a proxy sends round twice passes
// twice; two sessions that are each other's party would go on for ever.
constexpr int kMaxPasses = 4;

}  // namespace

void process(Burst& burst, const LocalPort& port, WorkerContext& context) {
  classify(burst, port, context.shared);
  bool again = true;
  for (int pass = 0; pass < kMaxPasses && again; ++pass) {
    look_up(burst, context);
    admit(burst, context);
    measure(burst, {context.now, context.microseconds});
    again = rewrite(burst, context);
  }
  if (!again) return;
  burst.for_each_active([&](Packet& packet) {
    packet.end(Verdict::kOwnLoop);
    abi::add(packet.statistics->dropped, std::uint32_t{1});
  });
}

}  // namespace mediaplane
