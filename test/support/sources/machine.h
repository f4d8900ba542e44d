#ifndef MACHINE_H
#define MACHINE_H
#include <stddef.h>

#define STACK_SIZE 32
#define OPERATIONS(X) X(STOP) X(PUSH) X(CONSTANT) X(ADD) X(SUBTRACT) X(MULTIPLY) X(DIVIDE) X(ROOT) X(FLOOR) X(EXPONENT) \
  X(ROTATE) X(WIDE) X(PRECISE) X(DUPLICATE) X(SWAP) X(COUNT)

enum operation {
#define MEMBER(name) OP_##name,
  OPERATIONS(MEMBER)
#undef MEMBER
};

struct instruction {
  unsigned char operation;
  double operand;
};

struct machine {
  double stack[STACK_SIZE];
  int depth, at, failed;
  char message[80];
};

int step(struct machine *machine, const struct instruction *code);
void describe(const struct machine *machine, char *out, size_t size);
#endif
