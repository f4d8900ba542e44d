/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything that makes or takes apart strings: text, trace lines, LD_PRELOAD, the architecture in the interpreter's name.
 */
#include <string.h>

#include "../dispatcher/fallback.h"
#include "../dispatcher/preload.h"
#include "../dispatcher/trace.h"
#include "check.h"

static void text_is_never_longer_than_its_buffer(void) {
  char bytes[8];
  struct text text = text_in(bytes, sizeof bytes);
  text_add(&text, "1234567");
  CHECK(!text.is_cut && strcmp(bytes, "1234567") == 0);
  text = text_in(bytes, sizeof bytes);
  text_add(&text, "1234");
  text_add(&text, "5678");
  CHECK(text.is_cut && strcmp(bytes, "1234") == 0);
  text_add(&text, "5");
  CHECK(strcmp(bytes, "1234") == 0);
}

static void numbers_are_decimal(void) {
  char bytes[32];
  struct text text = text_in(bytes, sizeof bytes);
  text_add_number(&text, 0);
  text_add(&text, " ");
  text_add_number(&text, UINT64_MAX);
  CHECK(strcmp(bytes, "0 18446744073709551615") == 0);
}

static void dot_dot_is_a_whole_name(void) {
  CHECK(text_has_dot_dot("..", 2) && text_has_dot_dot("/a/../b", 7) && text_has_dot_dot("/a/..", 5));
  CHECK(!text_has_dot_dot("/a..b/...", 9) && !text_has_dot_dot("", 0) && !text_has_dot_dot("/..", 2));
}

static void trace_lines_are_escaped_and_fit(void) {
  char bytes[TEXT_PATH_MAX + 1];
  struct text out = text_in(bytes, sizeof bytes);
  struct trace_line line = {.reason = REASON_TWIN, .pid = 7, .ppid = 1, .clock_us = 99, .path = "/a\tb\nc\\d"};
  trace_format(&line, &out);
  CHECK(strcmp(bytes, "A\ttwin\t7\t1\t99\t/a\\tb\\nc\\\\d\n") == 0);
  char path[2 * TEXT_PATH_MAX];
  memset(path, '\n', sizeof path - 1);
  path[sizeof path - 1] = '\0';
  out = text_in(bytes, sizeof bytes);
  line = (struct trace_line){.reason = REASON_SECURE, .path = path};
  trace_format(&line, &out);
  CHECK(out.used <= TEXT_PATH_MAX && out.used > TEXT_PATH_MAX - 4 && strlen(bytes) == out.used);
  CHECK(memcmp(bytes + out.used - 3, "\\n\n", 3) == 0 && memcmp(bytes, "E\tsecure\t", 9) == 0);
}

static void preload_is_mapped_back(void) {
  static const char *const cases[][2] = {
      {"LD_PRELOAD=/emul/usr/lib/libemul.so:/emul/usr/lib/x/a.so:b.so", "LD_PRELOAD=/usr/lib/x/a.so:b.so"},
      {"LD_PRELOAD=/emul/usr/lib/libemul.so b.so", "LD_PRELOAD=b.so"},
      {"LD_PRELOAD=/emul/usr/lib/libemul.sox:/emul/a", "LD_PRELOAD=/emul/usr/lib/libemul.sox:/emul/a"},
      {"LD_PRELOAD=/usr/lib/a.so", "LD_PRELOAD=/usr/lib/a.so"},
      {"LD_PRELOAD=", "LD_PRELOAD="},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char value[128], other[] = "A=1", last[] = "Z=2";
    strcpy(value, cases[i][0]);
    char *envp[] = {other, value, last, NULL};
    preload_unmap(envp);
    CHECK(strcmp(envp[1], cases[i][1]) == 0 && envp[2] == last && envp[3] == NULL);
  }
}

static void preload_of_the_shim_alone_vanishes(void) {
  char other[] = "A=1", value[] = "LD_PRELOAD=/emul/usr/lib/libemul.so", last[] = "Z=2";
  char *envp[] = {other, value, last, NULL};
  preload_unmap(envp);
  CHECK(envp[0] == other && envp[1] == last && envp[2] == NULL);
}

/* There is no emul tree where this test runs. */
static void preload_without_twin_is_refused(void) {
  static const char *const refused[] = {
      "LD_PRELOAD=libfakeroot.so", "LD_PRELOAD=/usr/lib/a.so", "LD_PRELOAD=../a.so",  "LD_PRELOAD=a/b.so",
      "LD_PRELOAD=:/../etc/x",     "LD_PRELOAD=.",             "LD_AUDIT=libaudit.so",
      "LD_TRACE_LOADED_OBJECTS=1", "LD_SHOW_AUXV=1",           "LD_DEBUG=libs",             "LD_PROFILE=libc.so.6",
  };
  char bytes[TEXT_PATH_MAX], **slot = NULL;
  for (unsigned i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    char value[64];
    strcpy(value, refused[i]);
    char *envp[] = {value, NULL};
    struct text out = text_in(bytes, sizeof bytes);
    CHECK(preload_map(envp, false, &slot, &out) == PRELOAD_NO_TWIN);
  }
  char empty[] = "LD_PRELOAD=", blank[] = "LD_PRELOAD=: :";
  char *with_empty[] = {empty, NULL}, *with_blank[] = {blank, NULL}, *twice[] = {empty, blank, NULL}, *none[] = {NULL};
  struct text out = text_in(bytes, sizeof bytes);
  CHECK(preload_map(none, false, &slot, &out) == PRELOAD_AS_IS);
  CHECK(preload_map(with_empty, false, &slot, &out) == PRELOAD_AS_IS);
  out = text_in(bytes, sizeof bytes);
  CHECK(preload_map(with_blank, false, &slot, &out) == PRELOAD_AS_IS);
  CHECK(preload_map(twice, false, &slot, &out) == PRELOAD_NO_TWIN);
}

static void arch_is_in_the_name(void) {
  static const char *const cases[][2] = {
      {"/usr/bin/qemu-aarch64-binfmt", "aarch64"}, {"qemu-arm-binfmt", "arm"}, {"/x/qemu-aarch64_be-binfmt", "aarch64_be"},
      {"/usr/bin/qemu--binfmt", ""},               {"/usr/bin/qemu-arm", ""},  {"/qemu-arm-binfmt/", ""},
      {"", ""},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char bytes[32];
    struct text arch = text_in(bytes, sizeof bytes);
    fallback_arch(cases[i][0], &arch);
    CHECK(strcmp(bytes, cases[i][1]) == 0);
  }
}

int main(void) {
  RUN(text_is_never_longer_than_its_buffer);
  RUN(numbers_are_decimal);
  RUN(dot_dot_is_a_whole_name);
  RUN(trace_lines_are_escaped_and_fit);
  RUN(preload_is_mapped_back);
  RUN(preload_of_the_shim_alone_vanishes);
  RUN(preload_without_twin_is_refused);
  RUN(arch_is_in_the_name);
  return check_status();
}
