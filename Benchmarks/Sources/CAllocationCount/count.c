#include "CAllocationCount.h"
#include <stdatomic.h>
#include <stddef.h>

// Takes the place of glibc's malloc in this program and hands on to it, counting.
extern void *__libc_malloc(size_t size);

static _Atomic uint64_t count;

void *malloc(size_t size) {
  atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
  return __libc_malloc(size);
}

uint64_t allocation_count(void) { return atomic_load_explicit(&count, memory_order_relaxed); }
