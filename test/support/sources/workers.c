/* Threads that share a queue: atomics, thread-local storage, arrays of variable size, constructors, weak symbols. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

#define WORKERS 4

static _Thread_local struct machine local;
static _Atomic(int) done;
static atomic_ullong sum = 1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int order[3] __attribute__((aligned(64)));
static char banner[32];

__attribute__((weak)) int tune(int value) { return value; }
__attribute__((constructor)) static void start(void) { strcpy(banner, "workers"); }
__attribute__((noinline, cold)) static void die(const char *why) { fprintf(stderr, "%s: %s\n", banner, why), exit(3); }

static int by_value(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

static void *work(void *argument) {
  int count = (int)(size_t)argument, values[count + 1];
  struct instruction program[] = {{OP_PUSH, count}, {OP_DUPLICATE, 0}, {OP_MULTIPLY, 0}, {OP_ROOT, 0}, {OP_WIDE, 0}, {OP_STOP, 0}};
  for (int i = 0; i <= count; i++) values[i] = (i * 7919) % 31;
  qsort(values, (size_t)count + 1, sizeof *values, by_value);
  for (const struct instruction *at = program; step(&local, at) > 0; at++) continue;
  char text[200];
  describe(&local, text, sizeof text);
  if (text[0] == '\0') die("nothing to tell");
  pthread_mutex_lock(&lock);
  order[count % 3] += values[count / 2] + tune(count);
  pthread_mutex_unlock(&lock);
  atomic_fetch_add_explicit(&sum, strlen(text), memory_order_relaxed);
  atomic_fetch_add(&done, 1);
  return NULL;
}

int main(int argc, char **argv) {
  pthread_t threads[WORKERS];
  for (size_t i = 0; i < WORKERS; i++) {
    if (pthread_create(&threads[i], NULL, work, (void *)(i + (size_t)argc)) != 0) die(argv[0]);
  }
  for (size_t i = 0; i < WORKERS; i++) pthread_join(threads[i], NULL);
  printf("%d %llu %d %d %d\n", done, sum, order[0], order[1], order[2]);
  return done == WORKERS ? 0 : 1;
}
