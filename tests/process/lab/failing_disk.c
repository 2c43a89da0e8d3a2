// SPDX-License-Identifier: BSD-2-Clause
// Preloaded into a program: what it writes at an offset, as recordings are written, fails with the
// error number that stands in FAILURE_FILE, or takes so many milliseconds if the number is negative.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static int failure(void) {
  int number = 0;
  FILE* file = fopen(FAILURE_FILE, "r");
  if (file != NULL) {
    if (fscanf(file, "%d", &number) != 1) number = 0;
    fclose(file);
  }
  return number;
}

ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  const int number = failure();
  if (number > 0) {
    errno = number;
    return -1;
  }
  if (number < 0) usleep((useconds_t)(-number * 1000));
  return syscall(SYS_pwrite64, fd, bytes, count, offset);
}

ssize_t pwrite64(int fd, const void* bytes, size_t count, off_t offset) {
  return pwrite(fd, bytes, count, offset);
}
