// SPDX-License-Identifier: BSD-2-Clause
// Preloaded into a program: of so many calls of malloc() one is refused. How many says the first
// number in REFUSED_FILE (0: none), the second one says how many have been.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

void* __libc_malloc(size_t size);

struct Numbers {
  atomic_uint one_in;
  atomic_uint refused;
};

static _Atomic(struct Numbers*) numbers;
static atomic_uint calls;

__attribute__((constructor)) static void begin(void) {
  const int file = open(REFUSED_FILE, O_RDWR);
  void* map = mmap(NULL, sizeof(struct Numbers), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (map != MAP_FAILED) numbers = map;
}

void* malloc(size_t size) {
  struct Numbers* now = numbers;
  const unsigned one_in = now == NULL ? 0 : atomic_load(&now->one_in);
  if (one_in != 0 && atomic_fetch_add(&calls, 1) % one_in == 0) {
    atomic_fetch_add(&now->refused, 1);
    errno = ENOMEM;
    return NULL;
  }
  return __libc_malloc(size);
}
