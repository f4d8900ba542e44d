/* SPDX-License-Identifier: Apache-2.0 */
#include "arguments.h"

#include "../include/emul_index.h"
#include "sys.h"
#include "text.h"

struct rule {
  uint16_t set;
  char argument[16]; /* an array, not a pointer: the dispatcher has no relocations */
};

static const struct rule rules[] = {
    {EMUL_RECORD_CPU_NATIVE, "-march=native"}, {EMUL_RECORD_CPU_NATIVE, "-mcpu=native"},
    {EMUL_RECORD_CPU_NATIVE, "-mtune=native"}, {EMUL_RECORD_OFFLOAD, "-fopenmp"},
    {EMUL_RECORD_OFFLOAD, "-fopenacc"},        {EMUL_RECORD_OWN_CHECKSUM, "-version"},
    {EMUL_RECORD_LIBRARIES, "-lm"},            {EMUL_RECORD_LIBRARIES, "-lstdc++"},
    {EMUL_RECORD_LIBRARIES, "-lgfortran"},     {EMUL_RECORD_LIBRARIES, "-l"},
    {EMUL_RECORD_OWN_BUILD, "--version"},      {EMUL_RECORD_OWN_BUILD, "-V"},
    {EMUL_RECORD_OWN_BUILD, "version"},        {EMUL_RECORD_OWN_BUILD, "speed"},
    {EMUL_RECORD_OWN_BUILD, "info"},
};

/* With one of these a compiler driver does not link. */
static const char stops[][16] = {"-c", "-S", "-E", "-M", "-MM", "-fsyntax-only"};

static bool is_linking(char *const *argv) {
  for (; *argv != NULL; argv++) {
    for (unsigned i = 0; i < sizeof stops / sizeof stops[0]; i++) {
      if (text_equal(*argv, stops[i])) return false;
    }
  }
  return true;
}

/* What is asked for is a list: -fsanitize=address,bounds. `bounds-strict` counts as well. */
static bool is_sanitizing(const char *argument) {
  static const char names[][12] = {"undefined", "bounds"};
  if (!text_starts_with(argument, "-fsanitize=")) return false;
  for (; *argument != '\0'; argument++) {
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
      if (text_starts_with(argument, names[i])) return true;
    }
  }
  return false;
}

static bool has_g(const char *argument) {
  while (*argument != '\0' && *argument != 'g') argument++;
  return *argument == 'g';
}

/*
 * sort: -g, -k1g, -k 1g, +1g, --key=1g, --sort=g..., --sort g..., --general-numeric-sort, and every abbreviation of them.
 * Words that only look so (-tg, a file named 1.log) are emulated for nothing, and rightly.
 */
static bool is_general_numeric(const char *argument) {
  if (!text_starts_with(argument, "--")) {
    return (argument[0] == '-' || argument[0] == '+' || (argument[0] >= '0' && argument[0] <= '9')) && has_g(argument);
  }
  if (text_starts_with(argument, "--g")) return true;
  if (text_starts_with(argument, "--k")) return has_g(argument);
  if (!text_starts_with(argument, "--so")) return false;
  while (*argument != '\0' && *argument != '=') argument++;
  return *argument == '\0' || argument[1] == 'g';
}

static bool is_among(char wanted, const char *characters) {
  while (*characters != '\0' && *characters != wanted) characters++;
  return *characters != '\0' && wanted != '\0';
}

/* %u, %-5x and so on, in an awk program that is an argument. x86 wraps a negative number, Arm makes it 0. */
static bool has_unsigned_format(const char *argument) {
  while (*argument != '\0') {
    if (*argument++ != '%') continue;
    if (*argument == '%') {
      argument++;
      continue;
    }
    while (is_among(*argument, "-+ #0123456789.*")) argument++;
    if (is_among(*argument, "uoxX")) return true;
  }
  return false;
}

bool arguments_need_guest(char *const *argv, uint16_t sets) {
  if (sets == 0) return false;
  if ((sets & EMUL_RECORD_LINKS) != 0 && is_linking(argv)) return true;
  for (; *argv != NULL; argv++) {
    if ((sets & EMUL_RECORD_GENERAL_NUMERIC) != 0 && is_general_numeric(*argv)) return true;
    if ((sets & EMUL_RECORD_UNSIGNED_FORMAT) != 0 && has_unsigned_format(*argv)) return true;
    if ((*argv)[0] != '-' && (sets & EMUL_RECORD_OWN_BUILD) == 0) continue;
    if ((sets & EMUL_RECORD_SANITIZE) != 0 && is_sanitizing(*argv)) return true;
    for (unsigned i = 0; i < sizeof rules / sizeof rules[0]; i++) {
      if ((rules[i].set & sets) != 0 && text_equal(*argv, rules[i].argument)) return true;
    }
  }
  return false;
}
