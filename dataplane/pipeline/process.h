// SPDX-License-Identifier: BSD-2-Clause
// The way of a packet through the data plane:
//
//   receive -> classify -> look_up -> admit -> rewrite -> transmit
//
// What goes to one of our own endpoints (a call that passes the relay twice) is looked up again
// instead of being sent. Each stage is one file of this folder. receive and transmit are
// worker/loop.cc.
#pragma once

#include "dataplane/pipeline/burst.h"
#include "dataplane/pipeline/context.h"

namespace mediaplane {

// Leaves a verdict on each packet of a burst that came in on `port`, and all that is kForward,
// kResolve or kSplit rewritten.
void process(Burst& burst, const LocalPort& port, WorkerContext& context);

}  // namespace mediaplane
