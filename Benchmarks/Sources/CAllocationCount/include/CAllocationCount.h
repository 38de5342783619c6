#pragma once
#include <stdint.h>

/// How many times memory was allocated in this process so far.
uint64_t allocation_count(void);
