/** "Who am I": what tools say about the machine, their version and their configuration. */
import { OFFLOAD_LINES } from './exempt.ts';
import type { Snippet } from '../two-sides.ts';

/** One command a line; each prints a header, and its status. */
function each(title: string, ...commands: readonly string[]): Snippet {
  const script = commands.map((command) => `echo '== ${command.replaceAll("'", "'\\''")}'; ${command}; echo "= $?"`);
  return { title, script: script.join('\n'), exempt: OFFLOAD_LINES };
}

export const IDENTITY: readonly Snippet[] = [
  each(
    'the shell and the system',
    'echo $MACHTYPE $HOSTTYPE $OSTYPE ${BASH_VERSINFO[*]} $BASH_VERSION',
    'bash --version',
    'uname -m; uname -p; uname -i; uname -s; uname -o; uname -a | sed "s/ #.*//"',
    'arch; nproc | tr 0-9 n; hostid >/dev/null',
    'test -n "$(getconf LONG_BIT)"; getconf LONG_BIT; getconf -a | grep -e ^PATH -e ^LONG -e ^CHAR',
    'whereis gcc sh ls ld.so libc libgcc',
    'setarch --list; linux32 uname -m; linux64 uname -m; setarch -R uname -m',
    'grep -e Features -e implementer /proc/cpuinfo | sort -u',
    'cat /proc/version | tr -d 0-9; cat /proc/sys/kernel/arch',
    'ls / /emul/..; file /bin/ls; strings --version',
    'perl -e "print qq(@INC\\n\\$^O \\$^X\\n)"; perl -V:archname -V:longsize -V:ivtype',
  ),
  each(
    'words, numbers and locales',
    'locale; locale -a; locale -k LC_NUMERIC; LC_ALL=nowhere locale; LC_ALL=C.UTF-8 locale charmap',
    'getent passwd root; getent group 0; getent hosts localhost; getent services http; getent nowhere',
    'iconv -l | sha256sum; printf "\\344\\366\\374" | iconv -f latin1 -t utf-8; printf x | iconv -f nowhere; printf a | iconv -t UTF-16 | od -c',
    'printf "\\303\\244" | iconv -f utf-8 -t ascii//TRANSLIT; printf "\\303\\244" | iconv -f utf-8 -t ascii; printf "\\250" | iconv -f big5',
    'sort <<<$(printf "b\\na\\nB\\n\\303\\244"); LC_ALL=C.UTF-8 sort -f <<<$(printf "b\\na\\nB"); expr length äöü; tr a-z A-Z <<<äöü',
    'seq 0.1 0.1 0.5; printf "%.20f\\n" 0.1; numfmt --to=iec 123456789; awk "BEGIN { printf \\"%.17g %d\\n\\", 0.1, 2^53 }"; bc <<<1/3',
    'stdbuf -oL echo x; stdbuf --version | head -1; stdbuf -o0 bash -c "env | sort"; stdbuf -oL; date -u -d @0; stat -c "%s %a" /bin/ls',
    'factor 1234567890123456789; expr 9223372036854775807 + 1; echo $((9223372036854775807 + 1)); test -v; [ 1 -eq; od -An -tfF /bin/true | head -2',
    'df --version | head -1; id; groups; logname; whoami; who; tty; stty; ls --help | sha256sum; dircolors | sha256sum',
    'msgfmt --version; msgfmt -o - /dev/null; xgettext --version; m4 --version; patch --version; tar --version; gzip --version; xz --version; zstd --version',
  ),
  each(
    'packages',
    'dpkg --print-architecture; dpkg --print-foreign-architectures; dpkg --version; dpkg --assert-multi-arch; dpkg -l | sha256sum',
    'dpkg -S /bin/ls; dpkg -s libc6; dpkg-query -W; dpkg --help | sha256sum; dpkg -V libc-bin; dpkg-deb --version; dpkg-split --version',
    'dpkg-divert --version; dpkg-statoverride --list; dpkg-trigger --version; dpkg-realpath /bin/ls; update-alternatives --display cc',
    'dpkg --compare-versions 1.0~rc1 lt 1.0; dpkg -i /nowhere.deb; dpkg --configure nowhere; dpkg --audit',
    'dpkg-architecture; dpkg-architecture -qDEB_HOST_GNU_TYPE',
    'apt-config dump; apt-get --version; apt-cache policy bash; apt-mark showmanual',
    'apt-get install --dry-run nowhere; apt-get indextargets | sha256sum; apt list --installed 2>/dev/null | sha256sum',
  ),
  each(
    'compilers',
    'gcc -v; gcc -dumpmachine; gcc -dumpversion; gcc -dumpfullversion; gcc -dumpspecs; gcc --version; cc -v',
    'gcc -print-search-dirs; gcc -print-multiarch; gcc -print-multi-lib; gcc -print-multi-os-directory; gcc -print-sysroot; gcc -print-sysroot-headers-suffix',
    'for name in cc1 cc1plus as ld collect2 lto1 lto-wrapper nowhere; do gcc -print-prog-name=$name; done',
    'for name in crt1.o crti.o libgcc.a libc.so libstdc++.so liblto_plugin.so include nowhere; do gcc -print-file-name=$name; done; gcc -print-libgcc-file-name',
    'gcc -E -v -x c /dev/null; g++ -E -v -x c++ /dev/null; cpp -v </dev/null; cpp -dM </dev/null | sort; g++ -dM -E -x c++ /dev/null | sort',
    'gcc --help | sha256sum; gcc --target-help >target-help 2>&1; gcc -Q --help=target; gcc -Q -O2 --help=optimizers',
    'gcc --help=common | sha256sum; gcc --help=params | sha256sum; g++ --help=warnings | sha256sum; gcc -mcpu=nonsense -c -x c /dev/null',
    'echo "int main(void) { return 0; }" >m.c; gcc -v m.c -o m; gcc -### -O2 -flto m.c; gcc -v -flto -O2 m.c -o m-lto; g++ -v m.c -shared -fPIC -o m.so',
    'gcc -march=native -Q --help=target | grep -e march -e mcpu; gcc -mcpu=native -c m.c -o native.o',
    'gcov --version; gcov-tool --version; gcov-dump --version; gcc-ar --version; lto-dump --version; gcc-nm --help | head -1',
    'gcc -x nonsense m.c; gcc -nonsense m.c; gcc nowhere.c; gcc; gcc -c -o /nowhere/x.o m.c',
    'gcc -fplugin=nowhere -c m.c; gcc -print-file-name=plugin; gcc -fdump-tree-optimized -fopt-info -O2 -c m.c -o dumped.o; gcc -S -fverbose-asm m.c',
    'gcc -c -x c - <<<"int x = __GNUC__; char *p = __VERSION__, *f = __FILE__;" -o version.o; gcc -time -c m.c 2>&1 | sed "s/[0-9.]* [0-9.]*$//"',
  ),
  each(
    'what compilers and linkers complain about',
    'echo "int main(void) { return missing(); }" >u.c; gcc -Wno-implicit-function-declaration u.c -o u; gcc -g u.c -o u; gcc -flto u.c -o u',
    'echo "int f(int x) { return x +; }" >e.c; gcc -c e.c; gcc -fdiagnostics-format=json -c e.c; gcc -fdiagnostics-color=always -c e.c; LC_ALL=C gcc -c e.c',
    'printf "#include <vector>\\n#include <nowhere.h>\\nint main() { std::vector<int> v; v.nothing(); }\\n" >e.cc; g++ -c e.cc; g++ -MM e.cc',
    'printf "template <int N> struct S { static int const v = S<N - 1>::v; }; int x = S<9>::v;\\n" >t.cc; g++ -ftemplate-depth=5 -c t.cc',
    'printf "#include <stdio.h>\\nint main(void) { char b[2]; printf(\\"%%s\\", 1); b[3] = 0; return b[0]; }\\n" >w.c; gcc -Wall -Wextra -O2 -fanalyzer -c w.c',
    'gcc m.c -lnowhere; ld -o x nowhere.o; ld; ld --nonsense; echo nonsense >s.s; as s.s; as nowhere.s; ar t nowhere.a; nm /etc/passwd; strip /etc/passwd',
    'echo "void f(void) {} int main(void) { return 0; }" >d.c; gcc -c d.c -o d1.o; cp d1.o d2.o; gcc d1.o d2.o -o d; gcc -static d1.o -o d; gcc -m32 d.c; gcc -mabi=ilp32 d.c',
    'gcc -shared d1.o -o d.so -Wl,--no-undefined,-z,defs; gcc d1.o -Wl,-M -o d | sha256sum; gcc d1.o -Wl,--trace -o d; gcc d1.o -Wl,--verbose -o d',
  ),
  each(
    'binutils and make',
    'ld --version; ld -V; ld --verbose; ld --help | sha256sum; ld --print-output-format; ld -m nowhere; ld.bfd --version | head -1',
    'as --version; as --help | sha256sum; objdump -i; objdump --version; objcopy --info; nm --version; ar --version; ranlib --version; readelf --version; gprof --version',
    'strip --help | tail -3; size --version | head -1; addr2line --version | head -1; c++filt _ZNSt6vectorIiE4dataEv; elfedit --version; dwp --version',
    'echo "int f(void) { return 1; }" >f.c; gcc -flto -O2 -frandom-seed=1 -c f.c; nm f.o; gcc-nm f.o; ar rcs f.a f.o; nm -s f.a; ar t f.a; gcc-ar rcs g.a f.o; ranlib f.a; cmp f.a g.a',
    'gcc -ffat-lto-objects -flto -O2 -frandom-seed=1 -c f.c -o fat.o; nm fat.o; objdump -dr fat.o; readelf -hSW fat.o; size fat.o; strip -o thin.o fat.o; nm thin.o',
    'objdump -d /bin/true | sha256sum; readelf -aW /bin/true | sha256sum; objdump -x /bin/true | sha256sum; strings /bin/true | sha256sum; size /bin/true; nm -D /bin/true',
    'make --version; make -f /dev/null -p | grep -v -e "^# Make data base" -e "^# Finished" -e "inode [0-9]" -e "^# [0-9]* files" | sha256sum; make -n; gmake nowhere',
    'printf "\\$(info \\$(MAKE_HOST) \\$(MAKE_VERSION) \\$(.FEATURES) \\$(.INCLUDE_DIRS) \\$(SHELL) \\$(MAKE))\\nall:;@:\\n" | make -f -',
    'pkg-config --variable pc_path pkg-config; pkgconf --version; rpcgen --version; gencat --version | head -1; tzselect --version | head -1',
  ),
];
