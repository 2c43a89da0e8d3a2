// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/pipeline/process.h"

#include "dataplane/pipeline/admit.h"
#include "dataplane/pipeline/classify.h"
#include "dataplane/pipeline/lookup.h"
#include "dataplane/pipeline/rewrite.h"

namespace mediaplane {

void process(Burst& burst, const LocalPort& port, WorkerContext& context) {
  classify(burst, port, context.shared);
  look_up(burst, context);
  admit(burst, context);
  rewrite(burst, context);
}

}  // namespace mediaplane
