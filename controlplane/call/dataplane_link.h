// SPDX-License-Identifier: BSD-2-Clause
// The control plane's way to the data plane, as the rules of calls see it: messages go out by
// request number, confirmations come back later as events. Over the rings in production
// (controlplane/link), a recording double in tests.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "controlplane/call/media_rings.h"
#include "controlplane/protocol/exchange.h"
#include "dataplane/abi/messages.h"
#include "dataplane/abi/region.h"

namespace mediaplane {

using RequestNumber = std::uint64_t;

class DataplaneLink {
 public:
  virtual ~DataplaneLink() = default;

  // Each is false if the message was not sent: no data plane is attached or its ring is full.
  // The lengths of call-id, from-tag and extra are filled in here.
  virtual bool set_session(RequestNumber request, const abi::Session& session,
                           std::string_view call_id, std::string_view from_tag,
                           std::string_view extra) = 0;
  virtual bool remove_session(RequestNumber request, abi::SessionId session) = 0;
  // Changes nothing: once it is confirmed, all before it has been done.
  virtual bool synchronize(RequestNumber request) = 0;

  // What the data plane shares; null while none is attached.
  virtual const abi::Region* region() const = 0;

  // For the threads that play and record; null while none is attached.
  virtual std::shared_ptr<MediaRings> media_rings() const = 0;
};

// What a link has to tell. The region is there during all of these.
class LinkEvents {
 public:
  virtual ~LinkEvents() = default;

  virtual void on_attached(Time now) = 0;
  virtual void on_lost(Time now) = 0;
  virtual void on_reply(RequestNumber request, abi::Status status, Time now) = 0;
  virtual void on_learned(const abi::Learned& learned) = 0;
};

}  // namespace mediaplane
