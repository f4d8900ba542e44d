/** clang, lld and the LLVM behind them: what they answer, and what they write. */
import type { Snippet } from '../two-sides.ts';

/** The driver names its temporary files at random. */
const TEMPORARY = String.raw`sed -E 's#/tmp/([a-z]+)-[0-9a-f]{6}\.o#/tmp/\1.o#g'`;

export const CLANG: readonly Snippet[] = [
  {
    title: 'clang: what it is and where it looks',
    script: `
      for o in --version -print-target-triple -print-effective-triple -dumpmachine -print-search-dirs -print-resource-dir -print-runtime-dir \\
        -print-libgcc-file-name '--rtlib=compiler-rt -print-libgcc-file-name' -print-multi-lib -print-prog-name=ld -print-file-name=crt1.o; do
        echo "== $o"; clang $o
      done
      clang++ -v; cd /usr/lib/llvm-*/bin; ./clang -print-resource-dir; clang -march=native -### -c x.c; clang -mcpu=help`,
  },
  {
    title: 'clang: the commands of a compilation and a link',
    script: `
      echo 'int main(void) { return 0; }' >a.c; cp a.c a.cc
      { clang -### -O2 -g a.c -o a -lm; clang++ -### a.cc; clang -### -fuse-ld=lld -static a.c; clang --target=x86_64-linux-gnu -### -c a.c; clang -m32 -### a.c; } 2>&1 | ${TEMPORARY}
      clang -E -dM -x c /dev/null | sort; clang++ -E -v -x c++ /dev/null; clang -fsyntax-only none.c; echo 'int a = ;' | clang -xc - -fsyntax-only`,
  },
  {
    title: 'objects of C',
    script: `
      cat >a.c <<'END'
#include <math.h>
#include <stdio.h>
#include <string.h>
double folded(double x) { return sin(0.5) + pow(2.1, 3.3) * x + exp(1.7) + log(3.3) + atan2(1.1, 2.2); }
long double wide(long double x) { return x * 1.1L + sqrtl(2.0L); }
int main(int argc, char **argv) { char b[100]; strcpy(b, argv[0]); printf("%s %f %Lf\\n", b, folded(argc), wide(argc)); return 0; }
END
      clang -O2 -g -c a.c; clang -O3 -fPIC -fstack-protector-strong -D_FORTIFY_SOURCE=2 -S a.c; clang -O1 -S -emit-llvm a.c
      clang -O1 -fsanitize=undefined,bounds -c a.c -o checked.o; clang -flto -O2 -c a.c -o lto.o; clang a.o -lm -o linked; clang -flto -fuse-ld=lld -O2 lto.o -lm -o lld
      ar rcs lib.a a.o lto.o; nm lib.a; ld.lld --version; ld.lld -r a.o -o again.o; strip -o stripped linked`,
  },
  {
    title: 'objects of C++',
    script: `
      cat >a.cc <<'END'
#include <map>
#include <string>
struct shape { virtual ~shape(); virtual int area(int) = 0; };
shape::~shape() {}
struct square : shape { int area(int x) override { return x * x; } };
int main() { std::map<std::string, int> m; m["a"] = 3; square s; try { return s.area(m.at("b")); } catch (...) { return 1; } }
END
      clang++ -O2 -g -c a.cc; clang++ -fuse-ld=lld a.o -o a`,
  },
  {
    title: 'a project that cmake builds with clang',
    script: `
      cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.20)
project(answer LANGUAGES C)
include(CheckCCompilerFlag)
check_c_compiler_flag(-Wthread-safety HAS_THREAD_SAFETY)
message("\${CMAKE_C_COMPILER_ID} \${CMAKE_C_COMPILER_VERSION} \${CMAKE_LIBRARY_ARCHITECTURE} \${CMAKE_LINKER} \${HAS_THREAD_SAFETY}")
add_library(answer SHARED answer.c)
END
      echo 'int answer(void) { return 42; }' >answer.c
      CC=clang cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo | sed 's/(.*s)$//'
      cmake --build build -j1; find build -name CMakeConfigureLog.yaml -o -name .ninja_log -o -name .ninja_deps | xargs rm`,
  },
];
