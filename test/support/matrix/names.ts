/** How a program is named and found: argv[0], PATH, links, copies, scripts. */
import { OFFLOAD_LINES } from './exempt.ts';
import type { Snippet } from '../two-sides.ts';

const probe = '/tmp/lib/guest-probe';

export const NAMES: readonly Snippet[] = [
  {
    title: 'argv[0] as the caller wants it',
    script: `
      (exec -a other-name sed --no-such-option)
      (exec -a /nowhere/bin/other sort --no-such-option)
      (exec -a '' ls --no-such-option)
      (exec -a -login-shell bash -c 'echo "$0"; shopt -q login_shell; echo $?')
      (exec -a sh bash -c 'set -o | grep posix')
      (exec -a 'a  b' make --no-such-option)
      ${probe} as other-name /usr/bin/dash -c 'echo $0; nonsense'
      ${probe} as other-name ${probe} argv 'two words' '' '*' -0 --
    `,
  },
  {
    title: 'argv[0] of a compiler decides where it looks',
    exempt: OFFLOAD_LINES,
    script: `
      (exec -a gcc /usr/bin/gcc -print-search-dirs)
      (exec -a /nowhere/bin/gcc /usr/bin/gcc -print-search-dirs)
      (exec -a nonsense /usr/bin/aarch64-linux-gnu-gcc-14 -print-prog-name=cc1)
      (exec -a g++ /usr/bin/gcc -E -x c++ - -v </dev/null)
    `,
  },
  {
    title: 'no arguments at all',
    script: `
      for tool in true sed cat echo expr dash; do ${probe} noargv /usr/bin/$tool; echo $tool $?; done
    `,
  },
  {
    title: 'PATH',
    script: `
      PATH=/nowhere:relative::$PATH sort --version | head -1
      mkdir bin; cp /usr/bin/expr bin/; PATH=bin:$PATH; hash -r; type -p expr; expr 1 + 2
      PATH=/nowhere; /usr/bin/env expr 1 + 1; /usr/bin/dash -c 'ls'; ls; echo $?
      unset PATH; /usr/bin/env true; echo $?; /usr/bin/env -i /usr/bin/sh -c 'echo $PATH; command -v ls'
      /usr/bin/env -i /usr/bin/bash -c 'echo $PATH; type ls'
    `,
  },
  {
    title: 'relative paths and odd spellings',
    script: `
      here=$PWD
      cd /usr/bin && ./uname -m && ../bin/uname -m && ./../../usr//bin/./uname -m
      cd / && usr/bin/uname -m && bin/uname -m
      cd "$here" && ../../../usr/bin/readlink /proc/self/exe
      cd /usr/lib && ../bin/sed --help | head -1
    `,
  },
  {
    title: 'symbolic links, also of links, dangling and in a circle',
    script: `
      ln -s /usr/bin/sed one; ln -s one two; ln -s "$PWD" here; ln -s missing dangling; ln -s circle circle
      ./one --help | head -1; ./two --version | head -1; here/here/two s/a/b/ <<<aaa
      ./dangling; echo $?; ./circle; echo $?
      ln -s /usr/bin/dash other-shell; ./other-shell -c 'echo $0'
    `,
  },
  {
    title: 'alternatives',
    script: `
      for name in awk cc c++ c89 gcc g++ cpp ld which pager nawk lzma; do
        readlink -f "$(command -v $name)"; ls -l "$(command -v $name)" | sed 's/.* 20[0-9][0-9] //'
      done
      awk 'BEGIN { print substr("alternatives", 3), length(ENVIRON["PATH"]) > 0 }'; awk -W version 2>&1 | head -1
      cc --version; c++ --version; cc -print-multiarch; which --version; which sed
    `,
  },
  {
    title: 'hard links',
    script: `
      ls -l /var/hard-linked | cut -d' ' -f1-4; /var/hard-linked --help | head -1
      /var/hard-linked s/a/b/ <<<aaa; cd /var; ./hard-linked --version | head -1
    `,
  },
  {
    title: 'copies and moved copies',
    exempt: OFFLOAD_LINES,
    script: `
      cp /usr/bin/gcc x; ./x --version; ./x -v 2>&1; echo 'int f(void) { return 1; }' >f.c
      parts=-B$(dirname $(gcc -print-prog-name=cc1))
      ./x $parts -O2 -c f.c -o f.o; mv x y; ./y $parts -O2 -c f.c -o g.o; cmp f.o g.o; cmp y /usr/bin/gcc && rm y
      cp /usr/bin/bash .; ./bash -c 'echo $BASH $0'; rm bash
      cp /usr/bin/ld /usr/bin/as .; ./ld -V; ./as --version; rm ld as
    `,
  },
  {
    title: 'a copied compiler that finds its parts from where it lies',
    script: `
      mkdir -p usr/bin; cp /usr/bin/gcc usr/bin/; cd usr; bin/gcc -print-search-dirs; PATH=$PWD/bin:$PATH
      gcc -print-prog-name=cc1; gcc -print-file-name=crt1.o; gcc -print-sysroot; rm bin/gcc
    `,
  },
  {
    title: 'scripts whose interpreter is a script',
    script: `
      printf '#!/bin/sh\\necho sh "$0" "$@"\\n' >a; chmod +x a
      printf '#!%s from b\\n' "$PWD/a" >b; printf '#!%s\\n' "$PWD/b" >c; printf '#!%s x\\n' "$PWD/c" >d
      printf '#!%s y\\n' "$PWD/d" >e; printf '#!%s z\\n' "$PWD/e" >f; chmod +x b c d e f
      for script in a b c d e f; do ./$script 1 '2 3'; echo $?; done
    `,
  },
  {
    title: 'shebang lines of every kind',
    script: `
      printf '#! /usr/bin/awk -f\\nBEGIN { print "awk", ARGC, ARGV[1] }\\n' >awk-script
      printf '#!/usr/bin/make -f\\nall:; @echo make $(MAKEFLAGS) $(MAKE)\\n' >make-script
      printf '#!/usr/bin/env -S sed -n -e s/a/b/p\\naaa\\n' >env-script
      printf '#!/usr/bin/env -S FOO=bar\\\\_baz bash\\necho "$FOO" "$0"\\n' >env-variable
      printf '#!/bin/sed -n 1p\\n' >two-options
      printf '#!/nowhere/sh\\n' >no-interpreter
      printf '#!/bin/sh\\r\\necho\\n' >carriage-return
      printf '#!bin/sh\\n' >relative
      printf '#!\\necho nothing\\n' >nothing
      printf '#!/bin/sh %0300d\\necho long\\n' 0 >long
      printf '#!%s argv option\\n' ${probe} >no-twin
      chmod +x *
      for script in *; do echo "== $script"; ./$script argument; echo $?; done
      for script in *; do echo "== $script"; env ./$script 2>&1; echo $?; done
    `,
  },
  {
    title: 'fexecve and execveat',
    script: `
      for how in fexec fexec-keep empty; do
        ${probe} $how /usr/bin/dash -c 'echo $0'; ${probe} $how ${probe} argv a b; ${probe} $how /usr/bin/sed --nonsense
        printf '#!/bin/sh\\necho "$@"\\n' >script; chmod +x script; ${probe} $how $PWD/script word; echo $?
      done
      ${probe} fexec-keep /usr/bin/readlink /proc/self/exe; ${probe} fexec-keep ${probe} exe
      ${probe} at /usr/bin uname -m; ${probe} at /bin sed --no-such-option; ${probe} at /tmp/lib guest-probe argv a
    `,
  },
  {
    title: 'files that are no programs',
    script: `
      cp /usr/bin/ls no-permission; chmod -x no-permission
      printf 'echo text "$0" "$@"\\n' >text; : >empty; printf '\\x7fELF' >magic-only
      head -c 20 /usr/bin/ls >header-20; head -c 63 /usr/bin/ls >header-63; head -c 64 /usr/bin/ls >header-64
      head -c 300 /usr/bin/ls >header-300; mkdir directory; cp /usr/bin/true other-machine
      printf '\\x02' | dd of=other-machine bs=1 seek=18 conv=notrunc status=none
      chmod +x text empty magic-only header-* other-machine
      for file in no-permission text empty magic-only directory other-machine missing missing/x text/x; do
        ./$file argument; echo "$file $?"; ${probe} as $file ./$file; echo "$file $?"; env ./$file; echo "$file $?"
      done
      for file in header-*; do ./$file; echo "$file $?"; done
    `,
  },
  {
    title: 'programs of the host',
    script: `
      cp /usr/bin/qemu-aarch64 host-program; ./host-program --version; echo $?
      cp /tmp/lib/host-dynamic .; ./host-dynamic; echo $?; env ./host-dynamic; echo $?
    `,
  },
];
