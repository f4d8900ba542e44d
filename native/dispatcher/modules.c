/* SPDX-License-Identifier: Apache-2.0 */
#include "modules.h"

#include "module_search.h"
#include "sys.h"
#include "text.h"

/* In all of what a build has, and in all of what the system has. */
enum { BUILD_DIRECTORIES_MAX = 400, SYSTEM_DIRECTORIES_MAX = 4000 };

static const char *variable(char *const *envp, const char *name_and_equals) {
  for (; *envp != NULL; envp++) {
    if (text_starts_with(*envp, name_and_equals)) return *envp + text_length(name_and_equals);
  }
  return "";
}

static bool look_below_variable(struct search *search, char *const *envp, const char *name_and_equals) {
  const char *value = variable(envp, name_and_equals);
  return look_below_each(search, value, text_length(value));
}

/*
 * Packages bring modules, too. As long as the package database is the one that the tree was made for, all of theirs have a
 * twin: dpkg renames files into its directory for whatever it unpacks, and then marks the package as unpacked.
 */
static bool packages_are_as_before(void) {
  struct stat before;
  struct stat now;
  return sys_stat(EMUL_PACKAGES_PATH, &before) == 0 && sys_stat(EMUL_PACKAGE_DATABASE, &now) == 0 &&
         before.st_mtime == now.st_mtime && before.st_mtime_nsec == now.st_mtime_nsec;
}

/*
 * `-Mblib`: ExtUtils::MakeMaker and Module::Build put modules into blib/arch, and blib.pm looks for that in directories above
 * as well. Without the option most perl programs in a module's source directory have nothing to do with it (debhelper).
 */
static bool look_in_blib(struct search *search, const char *argument) {
  static const char blibs[][20] = {"blib/arch", "../blib/arch", "../../blib/arch"};
  if (!text_starts_with(argument, "-Mblib") && !text_starts_with(argument, "-mblib")) return false;
  for (unsigned i = 0; i < sizeof blibs / sizeof blibs[0]; i++) {
    if (look_below(search, blibs[i])) return true;
  }
  return false;
}

/* -Idir, -I dir, -Mlib=dir. */
static bool look_in_named(struct search *search, const char *argument, const char *next) {
  static const char options[][8] = {"-I", "-Mlib="};
  for (unsigned i = 0; i < sizeof options / sizeof options[0]; i++) {
    if (!text_starts_with(argument, options[i])) continue;
    const char *path = argument + text_length(options[i]);
    if (*path == '\0' && next != NULL) path = next;
    if (look_below(search, path)) return true;
  }
  return false;
}

static bool look_in_perl_system(struct search *search) {
  search->directories = SYSTEM_DIRECTORIES_MAX;
  return look_below(search, "/usr/local/lib") || (!packages_are_as_before() && look_below(search, "/usr/lib"));
}

static bool has_fresh_perl_modules(struct search *search, const struct request *request) {
  if (look_below_variable(search, request->envp, "PERL5LIB=")) return true;
  for (char *const *argument = request->argv; *argument != NULL; argument++) {
    if (look_in_blib(search, *argument) || look_in_named(search, argument[0], argument[1])) return true;
  }
  return look_in_perl_system(search);
}

/*
 * The first argument that is no option: a script; or the one after which python takes no options, -c or -m. `-Ic` is
 * -I -c, and -W and -X have an argument.
 */
static char *const *after_options(char *const *argv, bool *is_script) {
  *is_script = true;
  if (*argv != NULL) argv++;
  for (; *argv != NULL && (*argv)[0] == '-' && (*argv)[1] != '\0'; argv++) {
    for (const char *letter = *argv + 1; *letter != '\0' && *letter != '-'; letter++) {
      *is_script = *letter != 'c' && *letter != 'm';
      if (!*is_script) return argv;
      if (*letter != 'W' && *letter != 'X') continue;
      if (letter[1] == '\0' && argv[1] != NULL) argv++;
      break;
    }
  }
  return argv;
}

/* sys.path begins with the directory of the script, or with the current one. */
static bool look_beside_script(struct search *search, char *const *argv) {
  bool is_script;
  argv = after_options(argv, &is_script);
  const char *script = *argv == NULL || !is_script ? "" : *argv;
  size_t size = text_length(script);
  while (size > 0 && script[size - 1] != '/') size--;
  return size < 2 ? look_below(search, size == 0 ? "." : "/") : look_below_each(search, script, size - 1);
}

/* `before` + python3.13 + `after`. */
static bool look_in_version(struct search *search, const char *before, size_t size, const char *after,
                            const char *version) {
  char bytes[TEXT_PATH_MAX];
  struct text path = text_in(bytes, sizeof bytes);
  text_add_bytes(&path, before, size);
  text_add(&path, version);
  text_add(&path, after);
  return !path.is_cut && look_below(search, path.bytes);
}

/* Where pip puts modules: a venv's own directory, that of its user, and the system's for what no package brought. */
static bool look_in_sites(struct search *search, const struct request *request, const char *version) {
  static const char site_packages[] = "/site-packages";
  const char *program = request->path == NULL ? "" : request->path;
  size_t size = text_length(program);
  while (size > 0 && program[size - 1] != '/') size--;
  char bytes[TEXT_PATH_MAX];
  struct text place = text_in(bytes, sizeof bytes);
  text_add_bytes(&place, program, size);
  text_add(&place, "../pyvenv.cfg");
  if (!place.is_cut && sys_access(place.bytes, SYS_F_OK) == 0) {
    place.used -= sizeof "pyvenv.cfg" - 1;
    text_add(&place, "lib/");
    if (look_in_version(search, place.bytes, place.used, site_packages, version)) return true;
  }
  place.used = 0;
  text_add(&place, variable(request->envp, "HOME="));
  text_add(&place, "/.local/lib/");
  return look_in_version(search, place.bytes, place.used, site_packages, version) ||
         look_in_version(search, "/usr/local/lib/", sizeof "/usr/local/lib/" - 1, "/dist-packages", version);
}

/*
 * A worker of multiprocessing is told by a pipe what to import, and has no way back once it has read that. It is emulated
 * where the program is that starts it.
 */
static bool is_worker_of_emulated(char *const *argv) {
  bool is_script;
  argv = after_options(argv, &is_script);
  if (is_script || argv[1] == NULL || !text_starts_with(argv[1], "from multiprocessing.")) return false;
  char link[64];
  struct text path = text_in(link, sizeof link);
  text_add(&path, "/proc/");
  text_add_number(&path, (uint64_t)sys_getppid());
  text_add(&path, "/exe");
  char bytes[sizeof EMUL_TREE];
  long size = sys_readlink(path.bytes, bytes, sizeof bytes);
  return size != sizeof bytes || !text_starts_with(bytes, EMUL_TREE "/");
}

static bool look_in_python_system(struct search *search, const char *version) {
  static const char packages[] = "/usr/lib/python3/dist-packages";
  search->directories = SYSTEM_DIRECTORIES_MAX;
  return !packages_are_as_before() && (look_below(search, packages) ||
         look_in_version(search, "/usr/lib/", sizeof "/usr/lib/" - 1, "/lib-dynload", version));
}

static bool has_fresh_python_modules(struct search *search, const struct request *request, const char *twin) {
  const char *version = twin;
  for (const char *at = twin; *at != '\0'; at++) {
    if (*at == '/') version = at + 1;
  }
  return look_below_variable(search, request->envp, "PYTHONPATH=") || look_beside_script(search, request->argv) ||
         look_in_sites(search, request, version) || is_worker_of_emulated(request->argv) ||
         look_in_python_system(search, version);
}

bool modules_need_guest(const struct request *request, const struct open_index *index, const struct emul_record *record) {
  if ((record->flags & (EMUL_RECORD_PERL_MODULES | EMUL_RECORD_PYTHON_MODULES)) == 0) return false;
  struct search search = {
      .index = index,
      .is_perl = (record->flags & EMUL_RECORD_PERL_MODULES) != 0,
      .directories = BUILD_DIRECTORIES_MAX,
  };
  return search.is_perl ? has_fresh_perl_modules(&search, request)
                        : has_fresh_python_modules(&search, request, record->twin);
}
