// SPDX-License-Identifier: BSD-2-Clause
// What a control plane gone mad can do to the data plane: any bytes for a Hello, any slots in a
// ring, and heads and tails overwritten. The first byte chooses.
//
// The ring stays within its bounds, a message is whole or garbage, and what it makes of sessions
// and prompts leaves books and buffers balanced.
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dataplane/attach/server.h"
#include "dataplane/housekeeper/playback.h"
#include "tests/fuzz/holds.h"
#include "tests/fuzz/input.h"
#include "tests/support/road.h"
#include "tests/unit/abi/two_ends.h"

namespace mediaplane::test {
namespace {

constexpr std::uint32_t kSlots = 256;
constexpr std::size_t kHeadsAndTails = 256;  // Bytes of the shared memory that hold them.

// As the housekeeper does it (dataplane/housekeeping.cc).
void execute(const abi::Message& message, Plane& plane, Playback& playback) {
  holds(message.body().size() <= abi::kMaxMessageLength, "a message has a greatest length");
  std::span<const std::byte> rest;
  abi::Session session;
  abi::SessionId id;
  if (message.header().type == abi::MessageType::kSetSession && message.read(session, rest)) {
    plane.sessions().set(session, rest, plane.now);
  } else if (message.header().type == abi::MessageType::kRemoveSession && message.read(id, rest)) {
    plane.sessions().remove(id, plane.now);
  } else if (message.header().type == abi::MessageType::kPlay) {
    playback.play(message, plane.now);
  }
}

void scribble(const abi::Mapping& mapping, Input& input) {
  const auto place = input.word() % (kHeadsAndTails / sizeof(std::uint32_t));
  const std::uint32_t value = std::uint32_t{input.word()} << 16 | input.word();
  store(mapping.base() + place * sizeof value, value);
}

// A message with a right header, so that there is more behind it than garbage.
void send_framed(abi::SlotRing& ring, Input& input) {
  const auto type = static_cast<abi::MessageType>(input.below(8));
  const auto bytes = std::as_bytes(input.bytes(input.word() % 512));
  abi::send(ring, type, 1, bytes);
}

void send_slots(abi::SlotRing& ring, Input& input) {
  const auto bytes = std::as_bytes(input.bytes(4 * abi::kSlotBytes));
  std::array<abi::Slot, 4> slots{};
  std::copy(bytes.begin(), bytes.end(), slots[0].bytes.data());
  ring.enqueue(std::span(slots).first((bytes.size() + abi::kSlotBytes - 1) / abi::kSlotBytes));
}

void use_ring(Input& input, Plane& plane) {
  Road road(plane);
  Playback playback(plane.shared(), plane.sessions(), plane.neighbours(), plane.outbox());
  auto ends = abi::two_ends(kSlots);
  const auto mapping = abi::map_shared_memory(ends.memory, 1, abi::Access::kReadWrite);
  abi::Message message;
  for (int steps = 0; !input.is_empty() && steps < 32; ++steps) {
    const auto step = input.below(4);
    if (step == 0) scribble(*mapping, input);
    if (step == 1) send_slots(ends.producer, input);
    if (step >= 2) send_framed(ends.producer, input);
    for (int i = 0; i < 8; ++i) {
      if (abi::receive(ends.consumer, message) == abi::Receipt::kMessage) {
        execute(message, plane, playback);
      }
    }
    road.pass(1);
    holds(road.balances(), "books and buffers balance");
    holds(plane.sessions().count() <= Plane::kSessions, "there are no more sessions than fit");
  }
  plane.remove_all();
  plane.neighbours().drop_held(Verdict::kStopping);
}

// A server that anybody may knock at.
class Door {
 public:
  Door() {
    fitting_.session_capacity = 16;
    server_ = std::move(*AttachServer::listen(path_, memory_, 4096, fitting_, 1));
  }
  void knock(std::span<const std::uint8_t> bytes) {
    const abi::FileDescriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    holds(connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
          "the door is open");
    ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    server_->wait(0);
    server_->wait(0);
    abi::Hello hello;
    if (bytes.size() == sizeof hello) std::memcpy(&hello, bytes.data(), sizeof hello);
    const bool fits = bytes.size() == sizeof hello && hello.magic == abi::kMagic &&
                      hello.version == abi::kVersion && hello.session_capacity == 16 &&
                      hello.local_addresses == fitting_.local_addresses;
    holds(server_->is_attached() == fits, "who fits is attached and nobody else");
    if (fits) server_->expel("the fuzzer goes on");
  }

 private:
  std::string path_ = "/tmp/mediaplane-fuzz-" + std::to_string(getpid()) + ".sock";
  abi::FileDescriptor memory_ = *abi::make_shared_memory("fuzz", 4096, abi::Pages::kSmall);
  abi::Hello fitting_;
  std::unique_ptr<AttachServer> server_;
};

}  // namespace
}  // namespace mediaplane::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mediaplane::test;
  spdlog::set_level(spdlog::level::off);
  Input input(data, size);
  if (input.byte() % 8 == 7) {
    static Door door;
    door.knock(input.bytes(size));
  } else {
    use_ring(input, the_plane());
  }
  return 0;
}
