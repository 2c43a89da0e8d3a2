// SPDX-License-Identifier: BSD-2-Clause
#include "controlplane/server/signals.h"

#include <csignal>

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace mediaplane {

Signals::Signals(EventLoop& loop) {
  sigset_t taken;
  sigemptyset(&taken);
  sigaddset(&taken, SIGTERM);
  sigaddset(&taken, SIGINT);
  sigaddset(&taken, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &taken, nullptr);
  descriptor_ = abi::FileDescriptor(signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC));
  loop.watch(descriptor_.get(), EPOLLIN, [this](std::uint32_t, Time) { read_signals(); });
}

void Signals::read_signals() {
  signalfd_siginfo signal{};
  while (read(descriptor_.get(), &signal, sizeof signal) == sizeof signal) {
    (signal.ssi_signo == SIGHUP ? wants_drain_ : wants_stop_) = true;
  }
}

}  // namespace mediaplane
