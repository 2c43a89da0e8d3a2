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
  for (int pass = 0; pass < kMaxPasses && burst.active_count > 0; ++pass) {
    look_up(burst, context);
    admit(burst, context);
    measure(burst, context);
    rewrite(burst, context);
  }
  burst.filter([&](std::uint8_t i) {
    burst.verdicts[i] = Verdict::kOwnLoop;
    abi::add(burst.statistics[i]->dropped, std::uint32_t{1});
    return false;
  });
}

}  // namespace mediaplane
