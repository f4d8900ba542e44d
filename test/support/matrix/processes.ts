/** What a process inherits, and how it ends. */
import { OFFLOAD_LINES } from './exempt.ts';
import type { Snippet } from '../two-sides.ts';

const probe = '/tmp/lib/guest-probe';
/** Of a file's whole listing only what is the same in two runs. */
const links = `sed -n 's/.* \\([^ ]* -> .*\\)/\\1/p' | sed 's/\\(pipe\\|socket\\):.*/\\1/; s/proc.[0-9]*/proc/'`;

export const PROCESSES: readonly Snippet[] = [
  {
    title: '/proc/self/exe',
    script: `
      readlink /proc/self/exe; realpath /proc/self/exe; readlink -f /proc/self/exe; ls -l /proc/self/exe | ${links}
      stat -c %N /proc/self/exe; find /proc/self/exe -printf '%l\\n'
      bash -c 'readlink /proc/self/exe'; cd /usr/bin; ./readlink /proc/self/exe
      ${probe} exe; ln -s ${probe} /tmp/scratch/link-$PPID; /tmp/scratch/link-$PPID exe; rm /tmp/scratch/link-$PPID
    `,
  },
  {
    title: 'executing /proc/self/exe',
    script: `
      env -- /proc/self/exe echo executed; sh -c 'exec /proc/self/exe -c "echo executed"'
    `,
  },
  {
    title: 'descriptors that are inherited',
    script: `
      ls -l /proc/self/fd | ${links}; ${probe} state | grep descriptor
      ls -l /proc/self/fd 5</ 9</dev/null 63</usr | ${links}
      bash -c 'ls -l /proc/$$/fd' 7</ | ${links}
      ${probe} opening 45789 /usr/bin/ls -l /proc/self/fd | ${links}
      ${probe} opening 3456789 ${probe} state | grep descriptor
      env ${probe} state 5</ | grep descriptor; xargs -0 -a /dev/null ${probe} state | grep descriptor
      make -s -f - <<<'all:; @${probe} state | grep descriptor'
    `,
  },
  {
    // Without descriptor 0: plain qemu then shows the program its own file there.
    title: 'closed descriptors',
    script: `
      echo x >&-; echo $?; /usr/bin/echo x >&-; echo $?; ls /nowhere 2>&-; echo $?
      for digits in 1 2 12; do
        ${probe} closing $digits /usr/bin/cat /dev/null; echo cat $digits $?
        ${probe} closing $digits /usr/bin/dash -c 'echo shell >&7; ls /proc/self/fd >&7' 7>descriptors; echo dash $digits $?
        cat descriptors
        ${probe} closing $digits /usr/bin/gcc -c -x c /dev/null -o x.o; echo gcc $digits $?; rm -f x.o
      done
    `,
  },
  {
    title: '100,000 arguments',
    script: `
      /usr/bin/echo {1..100000} | sha256sum; env echo {1..100000} | sha256sum; sh -c 'echo $# $1' {1..100000}
      ${probe} many 100000 /usr/bin/echo | sha256sum; ${probe} many 100000 /usr/bin/dash -c 'echo $#'
      seq 100000 | xargs echo | wc; ${probe} many 1000 ${probe} argv | sha256sum
    `,
  },
  {
    title: 'long arguments and too many',
    script: `
      long=$(head -c 131000 /dev/zero | tr '\\0' x); /usr/bin/expr length $long; env -- /usr/bin/expr length $long
      /usr/bin/expr length $long$long; echo $?; ls {1..400000} >/dev/null 2>error; echo $?; cut -c1-200 error; rm error
    `,
  },
  {
    title: 'the environment',
    script: `
      env | sort; env -i A=1 'B=two words' C= 'D=a=b' env | sort; env -i bash -c 'env | sort; set | grep -a ^BASH='
      env -i /usr/bin/env; (export LD_BIND_NOW=1 POSIXLY_CORRECT=1; make -f - <<<'all:; @env | sort')
      env -i printenv; sh -c 'env | sort; echo $PPID | tr 0-9 n' | grep -v '^n*$'; stdbuf -oL env | sort
      unset HOME; bash -c 'echo ~ $HOME'; env -u PATH /usr/bin/env | sort
    `,
  },
  {
    title: 'the environment of the compiler’s children',
    exempt: OFFLOAD_LINES,
    script: `
      printf '#!/bin/sh\\nenv | sort | grep -v ^_=\\n' >wrapper; chmod +x wrapper
      gcc -wrapper $PWD/wrapper -c -x c /dev/null; echo $?
    `,
  },
  {
    title: 'umask, niceness, limits',
    script: `
      umask 027; touch file; mkdir dir; stat -c '%a %n' file dir; ${probe} state | grep -e umask -e nice
      sh -c 'umask; umask 077; ${probe} state' | grep umask; gcc -x c -c /dev/null -o object.o; stat -c %a object.o
      nice; nice -n 5 nice; nice -n 5 sh -c 'nice -n 3 ${probe} state' | grep nice; renice -n 7 $$ >/dev/null 2>&1; nice
      ulimit -n 64; ulimit -f 1000; ulimit -c 0; bash -c 'ulimit -n; ulimit -f; ulimit -c'; ${probe} state | grep limit
      sh -c 'ulimit -a' | grep -v -e processes -e locked; ulimit -t 100; env ${probe} state | grep limit
    `,
  },
  {
    // Through one process only: qemu takes a signal that it inherits as ignored to be its own, and resets it on exec.
    title: 'signals: ignored, blocked, default',
    script: `
      ${probe} state | grep signal
      ${probe} ignoring ${probe} state | grep signal; nohup ${probe} state 2>/dev/null | grep signal
      env --ignore-signal=INT --block-signal=USR1,TERM --list-signal-handling ${probe} state | grep signal
      trap '' TERM HUP; ${probe} state | grep signal; trap - TERM HUP; trap 'echo got it' USR1
      bash -c 'kill -USR1 $PPID'; make -s -f - <<<'all:; @${probe} state | grep signal'
      setsid -w ${probe} state | grep signal
    `,
  },
  {
    title: 'exit statuses',
    script: `
      for status in 0 1 2 125 126 127 128 129 200 255 256; do sh -c "exit $status"; echo $?; bash -c "exit $status"; echo $?; done
      for signal in HUP KILL TERM PIPE USR1 ALRM; do
        sh -c "kill -$signal \\$\\$" 2>/dev/null; echo $signal $?; env sh -c "kill -$signal \\$\\$"; echo $?
        ${probe} as sleep /usr/bin/sleep 20 & kill -$signal $!; wait $! 2>/dev/null; echo $?
        timeout -s $signal 0.1 sleep 20; echo $?
      done 2>&1 | sed 's/line [0-9]*: *[0-9]*/line N: PID/'
      yes | head -1; echo "\${PIPESTATUS[@]}"; grep -q x /dev/null; echo $?; diff /dev/null /etc/passwd >/dev/null; echo $?
      make -s -f - <<<'all:; @exit 77'; echo $?; xargs -I{} sh -c 'exit 255' <<<a; echo $?; find / -maxdepth 0 -exec false \\;
    `,
  },
  {
    title: 'a deleted directory',
    script: `
      mkdir gone; cd gone; rmdir ../gone; pwd; /usr/bin/pwd; echo $?; ls; echo $?; sh -c pwd; bash -c 'echo $PWD; pwd -P'
      /usr/bin/env uname -m; ${probe} state | grep directory; ./nothing; echo $?; readlink /proc/self/exe; ls ..
      echo 'int x;' | gcc -c -x c - -o /dev/null; echo $?; make -v | head -1; readlink /proc/self/cwd; find . ; touch x; echo $?
    `,
  },
  {
    title: 'a directory whose name changes, and one that may not be read',
    script: `
      mkdir -p a/b; cp /usr/bin/readlink a/b/; cd a/b; mv ../../a ../../c; ./readlink -f .; /usr/bin/pwd; pwd
      rm readlink; cd ../..; chmod 111 c; setpriv --reuid=65534 --clear-groups sh -c 'ls c; cd c/b && pwd && /usr/bin/pwd'
    `,
  },
  {
    title: 'a program deleted while it runs',
    script: `
      cp /usr/bin/bash shell; ./shell -c 'rm shell; ls; echo still here; uname -m'
    `,
  },
  {
    title: 'process substitution, pipes, jobs',
    script: `
      diff <(printf 'a\\nb\\n') <(printf 'a\\nc\\n'); cat <(echo one) <(echo two); tee >(tr a-z A-Z) <<<text >/dev/null | cat
      seq 5 | sed -n 2,4p | tac | paste -sd+ | xargs expr 1 + 1 + 2>/dev/null; echo "\${PIPESTATUS[*]}"
      for i in 1 2 3; do (sleep 0.$i; echo $i) & done; wait; sleep 20 & kill %1; wait %1 2>/dev/null; echo $?
      coproc cat; echo through >&"\${COPROC[1]}"; read -r line <&"\${COPROC[0]}"; echo "$line"; exec {COPROC[1]}>&-; wait
      mkfifo fifo; cat fifo & echo fifo >fifo; wait; cat <<<here | (cat; echo sub; exit 3); echo $?
      set -o pipefail; false | true; echo $?; { echo out; echo err >&2; } 2>&1 | sort; trap 'echo bye' EXIT
    `,
  },
  {
    title: 'a terminal',
    script: `
      script -qec 'stty size; stty -a | head -1; test -t 0 && echo terminal; ls --color=auto -d /; tty | tr 0-9 n' /dev/null </dev/null
      script -qec 'stty rows 33 cols 99; stty size; bash -ic "echo \\$COLUMNS \\$-; jobs" ; grep --color=auto r <<<r' /dev/null
      tty; echo $?; test -t 1; echo $?; TERM=dumb ls --color=auto -d /; echo 'int f(void) { return x; }' >e.c
      script -qec 'TERM=xterm gcc -c e.c; echo $?' /dev/null; script -qec 'make -n -f /dev/null' /dev/null
    `,
  },
  {
    title: 'a chain of 1,000 execs',
    script: `
      printf '#!/bin/sh\\n[ "$1" -gt 0 ] || { echo "$$" | tr 0-9 n; exit 42; }\\nexec "$0" $(($1 - 1))\\n' >chain
      chmod +x chain; ./chain 1000 | tr -d n; echo "\${PIPESTATUS[0]}"
    `,
  },
];
