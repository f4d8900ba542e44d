/**
 * Programs to compile, made up here: the same bytes for everybody, of any size, without a download. Plain code of the kind
 * that compilers spend their time with; what it computes does not matter.
 */

/** Paths below the working directory, and what is in them. */
export type Files = Readonly<Record<string, string>>;

const LARGE_FUNCTIONS = 200;
const SMALL_FILES = 40;
const SMALL_CXX_FILES = 8;
/** Of the one C++ file; each function is a second of compiling or so, ten under emulation. */
const CXX_FUNCTIONS = 2;

/** One C file of some 3,000 lines. */
export function largeC(): Files {
  return { 'large.c': `${C_HEAD}${times(LARGE_FUNCTIONS, cFunction)}int main(void) { return work_0(1, 2) & 1; }\n` };
}

/** One C++ file that is mostly templates of the standard library. */
export function templatesCxx(): Files {
  return { 'templates.cc': `${CXX_HEAD}${times(CXX_FUNCTIONS, cxxFunction)}int main() { return use_0("a1") == 0; }\n` };
}

/** A program of many small C files, and its Makefile. */
export function manySmallC(): Files {
  const units = Array.from({ length: SMALL_FILES }, (_, at) => `unit_${String(at)}`);
  const sources = units.map((name, at) => [`${name}.c`, `#include <stdio.h>\n${C_HEAD}${cFunction(at)}`]);
  const declared = units.map((_, at) => `int work_${String(at)}(int, int);\n`).join('');
  const called = units.map((_, at) => `work_${String(at)}(1, 2)`).join(' +\n    ');
  const main = `${declared}int main(void) {\n  return (${called}) & 1;\n}\n`;
  const objects = [...units, 'main'].map((name) => `${name}.o`).join(' ');
  const makefile = `CFLAGS = -O2 -g\nprogram: ${objects}\n\t$(CC) $(CFLAGS) -o $@ ${objects}\n`;
  return { ...(Object.fromEntries(sources) as Files), 'main.c': main, Makefile: makefile };
}

/** The same in C++. */
export function manySmallCxx(): Files {
  const units = Array.from({ length: SMALL_CXX_FILES }, (_, at) => `unit_${String(at)}`);
  const sources = units.map((name, at) => [`${name}.cc`, smallCxx(at)]);
  const main = `${units.map((name) => `int ${name}(int);\n`).join('')}int main() { return ${units.map((name) => `${name}(1)`).join(' + ')} & 1; }\n`;
  const objects = [...units, 'main'].map((name) => `${name}.o`).join(' ');
  const makefile = `CXXFLAGS = -O2\nprogram: ${objects}\n\t$(CXX) $(CXXFLAGS) -o $@ ${objects}\n`;
  return { ...(Object.fromEntries(sources) as Files), 'main.cc': main, Makefile: makefile };
}

/** A small package of autoconf and automake, without what they generate. */
export function autotoolsProject(): Files {
  return {
    'configure.ac': [
      'AC_INIT([bench], [1.0])',
      'AM_INIT_AUTOMAKE([foreign subdir-objects])',
      'AC_PROG_CC',
      'AC_CHECK_HEADERS([stdint.h sys/mman.h])',
      'AC_CHECK_FUNCS([mmap strlcpy])',
      'AC_CONFIG_HEADERS([config.h])',
      'AC_CONFIG_FILES([Makefile])',
      'AC_OUTPUT',
      '',
    ].join('\n'),
    'Makefile.am': 'bin_PROGRAMS = bench\nbench_SOURCES = main.c bench.c\n',
    'bench.c': 'int bench(void) { return 0; }\n',
    'main.c': 'int main(void) { return 0; }\n',
  };
}

/** `cross.txt` is for those who compile for another machine. */
export function mesonProject(): Files {
  return {
    'meson.build': [
      "project('bench', 'c', 'cpp', version : '1.0', default_options : ['warning_level=2'])",
      "cc = meson.get_compiler('c')",
      "foreach name : ['stdint.h', 'sys/mman.h', 'sys/epoll.h', 'pthread.h', 'nothing.h']",
      '  cc.has_header(name)',
      'endforeach',
      "foreach name : ['mmap', 'epoll_create1', 'strlcpy', 'nothing']",
      '  cc.has_function(name)',
      'endforeach',
      "library('bench', 'bench.c')",
      "executable('main', 'main.cc')",
      '',
    ].join('\n'),
    'bench.c': 'int bench(void) { return 0; }\n',
    'main.cc': 'int main() { return 0; }\n',
    'cross.txt': [
      '[binaries]',
      ...Object.entries({ c: 'gcc', cpp: 'g++', ar: 'ar', strip: 'strip' }).map(
        ([name, tool]) => `${name} = 'aarch64-linux-gnu-${tool}'`,
      ),
      '[host_machine]',
      "system = 'linux'",
      "cpu_family = 'aarch64'",
      "cpu = 'aarch64'",
      "endian = 'little'",
      '',
    ].join('\n'),
  };
}

/** A python package of modules only. */
export function pythonProject(): Files {
  const modules = Array.from({ length: 60 }, (_, at) => [`bench/module_${String(at)}.py`, pythonModule(at)] as const);
  return {
    'setup.py': "from setuptools import setup\nsetup(name='bench', version='1.0', packages=['bench'])\n",
    'bench/__init__.py': '',
    ...(Object.fromEntries(modules) as Files),
  };
}

/** A Debian source package without anything to compile: what remains is debhelper. */
export function debhelperProject(): Files {
  return {
    'debian/changelog':
      'bench (1.0) unstable; urgency=low\n\n  * One.\n\n -- A <a@example.org>  Tue, 14 Nov 2023 22:13:20 +0000\n',
    'debian/control':
      'Source: bench\nSection: misc\nPriority: optional\nMaintainer: A <a@example.org>\nStandards-Version: 4.7.0\n' +
      'Build-Depends: debhelper-compat (= 13)\nRules-Requires-Root: no\n\n' +
      'Package: bench\nArchitecture: all\nDepends: ${misc:Depends}\nDescription: one\n Two.\n',
    'debian/rules': '#!/usr/bin/make -f\n%:\n\tdh $@\n',
    'debian/install': 'data/* usr/share/bench\n',
    'data/one': 'one\n',
  };
}

function times(count: number, make: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => make(at)).join('');
}

const C_HEAD = '#include <string.h>\n#include <stdlib.h>\nstruct item { int key; double value; char name[24]; };\n';

function cFunction(at: number): string {
  const [name, other] = [`work_${String(at)}`, String((at % 7) + 3)];
  return `int ${name}(int a, int b) {
  struct item items[${other}];
  int sum = ${String(at)};
  memset(items, 0, sizeof items);
  for (int i = 0; i < ${other}; i++) {
    items[i].key = a * i + b;
    items[i].value = items[i].key / (double)(i + ${other});
    if (items[i].key % ${other} == 1) strcpy(items[i].name, "${name}");
    sum += (int)strlen(items[i].name) ^ items[i].key;
  }
  switch (sum & 3) { case 0: return sum + a; case 1: return sum * b; case 2: return abs(sum - a); default: return sum; }
}
`;
}

const CXX_HEAD =
  '#include <algorithm>\n#include <functional>\n#include <iostream>\n#include <map>\n#include <regex>\n' +
  '#include <string>\n#include <unordered_map>\n#include <vector>\n';

function cxxFunction(at: number): string {
  const n = String(at);
  return `template <int N> struct tag_${n} { std::map<std::string, std::vector<int>> values; int number = N; };
int use_${n}(const std::string &text) {
  static const std::regex words("([a-z]+)(\\\\d{${n},})?");
  std::unordered_map<std::string, tag_${n}<${n}>> seen;
  for (auto it = std::sregex_iterator(text.begin(), text.end(), words); it != std::sregex_iterator(); ++it) {
    auto &list = seen[it->str()].values[text];
    list.push_back(static_cast<int>(it->position()));
    std::sort(list.begin(), list.end(), std::greater<int>());
  }
  std::function<int(int)> add = [&](int x) { return x + static_cast<int>(seen.size()); };
  std::cout << add(${n}) << std::endl;
  return add(${n});
}
`;
}

function smallCxx(at: number): string {
  const n = String(at);
  return `#include <string>
#include <vector>
int unit_${n}(int x) {
  std::vector<std::string> words(${String(at + 2)}, std::string(x, 'a'));
  for (auto &word : words) x += static_cast<int>(word.append("b").size());
  return x;
}
`;
}

function pythonModule(at: number): string {
  const n = String(at);
  const methods = times(
    20,
    (m) => `    def method_${String(m)}(self, value):\n        return [x + ${String(m)} for x in value]\n\n`,
  );
  return `"""Module ${n}."""\n\n\nclass Module${n}:\n${methods}`;
}
