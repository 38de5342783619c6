#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A simdjson DOM parser with the padded copy of its input and the tape of its last parse.
typedef struct csimdjson_parser csimdjson_parser;

/// What one parse left behind; both pointers stay valid until the parser parses again or is destroyed.
typedef struct {
  const uint64_t *tape;
  const uint8_t *strings;
  /// A string escape was seen: only then can a string hold U+0000.
  bool has_escapes;
} csimdjson_tape;

/// A parser that accepts containers nested up to `depth_max` levels; null when memory is short.
csimdjson_parser *csimdjson_create(size_t depth_max);

/// Parses a copy of the bytes; 0 on success, else an error code whose text `csimdjson_error_text` gives.
int csimdjson_parse(csimdjson_parser *parser, const uint8_t *bytes, size_t count, csimdjson_tape *tape);

/// The longest input in bytes that the parser takes without allocating.
size_t csimdjson_capacity(const csimdjson_parser *parser);

/// The text of an error code: static storage, never null.
const char *csimdjson_error_text(int code);

void csimdjson_destroy(csimdjson_parser *parser);

#ifdef __cplusplus
}
#endif
