/* A small stack machine: a large switch, tables, floating point, bit fields, 128-bit and variadic arithmetic. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

static const char *const names[] = {
#define NAME(name) [OP_##name] = #name,
    OPERATIONS(NAME)
#undef NAME
};

static const double constants[] = {0.1, 1e300, -0.0, 3.14159265358979323846, 2.2250738585072014e-308, 1.0 / 3};
static const long double precise = 3.14159265358979323846264338327950288L;
static const float halves[4] = {0.5f, 0x1.8p-3f, 1e-45f, 16777217.0f};

union bits {
  double number;
  struct {
    uint64_t fraction : 52;
    unsigned exponent : 11;
    unsigned sign : 1;
  } parts;
};

static int report(struct machine *machine, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int written = vsnprintf(machine->message, sizeof machine->message, format, arguments);
  va_end(arguments);
  return written < 0 ? -1 : machine->failed++;
}

static inline double pop(struct machine *machine) {
  return machine->depth > 0 ? machine->stack[--machine->depth] : (report(machine, "empty at %d", machine->at), 0);
}

static inline void push(struct machine *machine, double value) {
  if (machine->depth < STACK_SIZE) machine->stack[machine->depth++] = value;
  else report(machine, "full at %d: %g", machine->at, value);
}

int step(struct machine *machine, const struct instruction *code) {
  double a, b;
  machine->at++;
  switch (code->operation) {
  case OP_PUSH: push(machine, code->operand); break;
  case OP_CONSTANT: push(machine, constants[(unsigned)code->operand % 6] * halves[(unsigned)code->operand & 3]); break;
  case OP_ADD: b = pop(machine), a = pop(machine), push(machine, a + b); break;
  case OP_SUBTRACT: b = pop(machine), a = pop(machine), push(machine, a - b); break;
  case OP_MULTIPLY: b = pop(machine), a = pop(machine), push(machine, a * b); break;
  case OP_DIVIDE:
    b = pop(machine), a = pop(machine);
    if (b == 0) return report(machine, "division of %a by zero in %s", a, names[code->operation]);
    push(machine, a / b);
    break;
  case OP_ROOT: push(machine, sqrt(pop(machine))); break;
  case OP_FLOOR: push(machine, floor(pop(machine))); break;
  case OP_EXPONENT: {
    union bits bits = {.number = pop(machine)};
    push(machine, (int)bits.parts.exponent - 1023 + (bits.parts.sign ? 0.5 : 0));
    break;
  }
  case OP_ROTATE: {
    uint64_t value = (uint64_t)pop(machine);
    push(machine, (double)(value << 13 | value >> 51));
    break;
  }
  case OP_WIDE: {
    unsigned __int128 wide = (unsigned __int128)(uint64_t)pop(machine) * 0x9e3779b97f4a7c15u;
    push(machine, (double)(uint64_t)(wide >> 64) + (double)(wide % 1000003));
    break;
  }
  case OP_PRECISE: push(machine, (double)(precise * (long double)pop(machine))); break;
  case OP_DUPLICATE: a = pop(machine), push(machine, a), push(machine, a); break;
  case OP_SWAP: b = pop(machine), a = pop(machine), push(machine, b), push(machine, a); break;
  case OP_COUNT: push(machine, __builtin_popcountll((uint64_t)pop(machine)) + __builtin_clz(machine->at | 1u)); break;
  case OP_STOP: return 0;
  default: return report(machine, "no operation %u", code->operation);
  }
  return 1;
}

void describe(const struct machine *machine, char *out, size_t size) {
  char line[64];
  out[0] = '\0';
  for (int i = 0; i < machine->depth; i++) {
    snprintf(line, sizeof line, "%d:%.17g;", i, machine->stack[i]);
    strncat(out, line, size - strlen(out) - 1);
  }
  strncat(out, machine->message, size - strlen(out) - 1);
}
