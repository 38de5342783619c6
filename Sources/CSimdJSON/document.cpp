#include "CSimdJSON.h"

#include <simdjson.h>

#include <cstring>
#include <memory>
#include <new>

struct csimdjson_parser {
  simdjson::dom::parser parser;
  std::unique_ptr<uint8_t[]> input;
  size_t capacity = 0;
  size_t depth_max = 0;
};

namespace {

constexpr size_t smallest_capacity = 4096;

// simdjson grows to the exact length asked for; powers of two keep a pooled parser from growing again and again.
simdjson::error_code reserve(csimdjson_parser &self, size_t count) {
  if (count <= self.capacity) { return simdjson::SUCCESS; }
  if (count > simdjson::SIMDJSON_MAXSIZE_BYTES / 2) { return simdjson::CAPACITY; }
  size_t capacity = smallest_capacity;
  while (capacity < count) { capacity *= 2; }
  self.capacity = 0;
  self.input.reset(new (std::nothrow) uint8_t[capacity + simdjson::SIMDJSON_PADDING]);
  if (!self.input) { return simdjson::MEMALLOC; }
  simdjson::error_code error = self.parser.allocate(capacity, self.depth_max);
  if (!error) { error = self.parser.doc.allocate(capacity); }
  if (!error) { self.capacity = capacity; }
  return error;
}

uint32_t code_unit(const uint8_t *digits) {
  uint32_t unit = 0;
  for (int i = 0; i < 4; i++) {
    const uint8_t digit = digits[i];
    unit = unit << 4 | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
  }
  return unit;
}

// simdjson 3.0 lets \u escapes of unpaired surrogates through as invalid UTF-8. Only for input that has been parsed.
bool pairs_surrogates(const uint8_t *cursor, const uint8_t *end) {
  while ((cursor = static_cast<const uint8_t *>(std::memchr(cursor, '\\', size_t(end - cursor))))) {
    if (cursor[1] != 'u') {
      cursor += 2;
      continue;
    }
    const uint32_t unit = code_unit(cursor + 2);
    cursor += 6;
    if ((unit & 0xf800) != 0xd800) { continue; }
    if (unit >= 0xdc00 || cursor[0] != '\\' || cursor[1] != 'u') { return false; }
    if ((code_unit(cursor + 2) & 0xfc00) != 0xdc00) { return false; }
    cursor += 6;
  }
  return true;
}

}  // namespace

csimdjson_parser *csimdjson_create(size_t depth_max) {
  auto *self = new (std::nothrow) csimdjson_parser;
  if (self) { self->depth_max = depth_max; }
  return self;
}

int csimdjson_parse(csimdjson_parser *self, const uint8_t *bytes, size_t count, csimdjson_tape *tape) {
  if (count == 0) { return simdjson::EMPTY; }
  if (const auto error = reserve(*self, count)) { return error; }
  uint8_t *input = self->input.get();
  std::memcpy(input, bytes, count);
  // The padding is read but never interpreted; spaces keep it deterministic.
  std::memset(input + count, ' ', simdjson::SIMDJSON_PADDING);
  if (const auto error = self->parser.parse(input, count, false).error()) { return error; }
  const bool has_escapes = std::memchr(input, '\\', count) != nullptr;
  if (has_escapes && !pairs_surrogates(input, input + count)) { return simdjson::STRING_ERROR; }
  tape->tape = self->parser.doc.tape.get();
  tape->strings = self->parser.doc.string_buf.get();
  tape->has_escapes = has_escapes;
  return simdjson::SUCCESS;
}

size_t csimdjson_capacity(const csimdjson_parser *self) { return self->capacity; }

const char *csimdjson_error_text(int code) {
  return simdjson::error_message(static_cast<simdjson::error_code>(code));
}

void csimdjson_destroy(csimdjson_parser *self) { delete self; }
