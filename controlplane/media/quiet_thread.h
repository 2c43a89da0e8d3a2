// SPDX-License-Identifier: BSD-2-Clause
// Threads that take no signals: those are for the event loop alone, and a write beyond a limit of
// the file size is an error there and no reason to die.
#pragma once

#include <csignal>
#include <thread>
#include <utility>

#include <pthread.h>

namespace mediaplane {

template <typename Function>
std::thread quiet_thread(Function function) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  std::thread thread(std::move(function));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace mediaplane
