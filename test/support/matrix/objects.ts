/**
 * What the compiler, the assembler, the linker and the binary utilities write. The sources are in test/support/sources, which is
 * /tmp/lib in the build root.
 *
 * Left out: precompiled headers. A .gch file is an image of cc1's own memory, with the addresses of its own code in it; no
 * other build of the compiler can read it, the next Debian revision's no more than the twin's.
 */
import type { Snippet } from '../two-sides.ts';

const C = '/tmp/lib/interpreter.c /tmp/lib/workers.c';
const programs = `-lm -lpthread`;

/** Compiles both C files with these options. */
function objects(options: string): Snippet {
  return { title: `C: ${options}`, script: `gcc ${options} -c ${C}` };
}

export const OBJECTS: readonly Snippet[] = [
  objects('-O2 -g'),
  objects('-Os -fPIC -g -gdwarf-4 -fdebug-types-section'),
  objects('-O3 -ffast-math -funroll-loops -g3 -gz -mcpu=cortex-a76'),
  objects('-O2 -fstack-protector-strong -D_FORTIFY_SOURCE=3 -fstack-clash-protection -mbranch-protection=standard'),
  objects('-O0 -MD -MP -fno-common -frecord-gcc-switches'),
  objects('-O1 -fsanitize=address,undefined -fno-omit-frame-pointer'),
  objects('-O2 -pg -fopenmp -ffunction-sections -fdata-sections'),
  {
    title: 'everything on the way: -save-temps, dumps, listings, dependencies',
    script: `
      gcc -O2 -g -save-temps -c ${C}; gcc -M ${C} >dependencies; gcc -S -fverbose-asm -O2 /tmp/lib/workers.c
      gcc -O2 -fdump-tree-optimized -c /tmp/lib/workers.c -o dumped.o
      gcc -O2 -fstack-usage -fcallgraph-info -Wa,-adhln=listing -c /tmp/lib/workers.c -o listed.o
    `,
  },
  {
    title: 'programs and libraries, linked in many ways',
    script: `
      gcc -O2 -g ${C} -o program ${programs}; ./program
      gcc -O2 -fPIC -c ${C}; gcc -shared interpreter.o -Wl,-soname,libi.so.1 -Wl,--build-id=sha1 -Wl,-z,now -o libi.so.1 -lm
      echo '{ global: step; describe; local: *; };' >map
      gcc -shared interpreter.o -Wl,--version-script=map,-Map=link-map,--hash-style=both,-z,relro -o libv.so -lm
      ar rcs libi.a interpreter.o; ranlib libi.a; ar rcsT thin.a interpreter.o workers.o; nm libi.a >symbols
      gcc workers.o libi.a -o from-archive ${programs}; gcc workers.o -L. -l:libi.so.1 -Wl,-rpath,. -o from-shared ${programs}
      gcc -static workers.o libi.a -o static ${programs}; gcc -static-pie workers.o libi.a -o static-pie ${programs}
      gcc -no-pie -Wl,--gc-sections,-O2,--sort-common workers.o libi.a -o no-pie ${programs}; ld -r interpreter.o workers.o -o relocatable.o
      for program in from-archive from-shared static static-pie no-pie; do ./$program; echo $?; done
    `,
  },
  {
    title: 'strip, objcopy and what prints',
    script: `
      gcc -O2 -g ${C} -o program ${programs}; cp program stripped; strip stripped; strip -g program -o no-debug
      objcopy --only-keep-debug program program.debug; objcopy --add-gnu-debuglink=program.debug stripped linked
      objcopy -O binary -j .text program text.bin; objcopy -O srec program text.srec; objcopy --compress-debug-sections=zstd program zstd
      objcopy --rename-section .comment=.remark --prefix-symbols=x_ program renamed; strip --strip-unneeded -R .comment program -o small
      objdump -dr program >disassembly; objdump -WL program >lines; readelf -aW program >everything; readelf -wi program >debug
      nm -nS program >names; size -A program >sizes; strings -a program >texts; addr2line -fe program 0x1000 >address; elfedit --output-osabi=linux small
    `,
  },
  {
    title: 'link-time optimisation',
    script: `
      gcc -O2 -g -flto -frandom-seed=seed -c ${C}; gcc -O2 -flto -frandom-seed=seed interpreter.o workers.o -o whole ${programs}; ./whole
      gcc -O2 -flto=2 -flto-partition=max -frandom-seed=seed interpreter.o workers.o -o parts ${programs}
      gcc -O2 -flto -ffat-lto-objects -frandom-seed=seed -c /tmp/lib/interpreter.c -o fat.o; gcc-ar rcs lib.a fat.o workers.o
      gcc -flto -r -flinker-output=nolto-rel -frandom-seed=seed fat.o -o final.o; nm lib.a >symbols
    `,
  },
  {
    title: 'coverage and profiles',
    script: `
      gcc -O0 --coverage -fprofile-update=atomic -frandom-seed=seed ${C} -o covered ${programs}; ./covered; gcov -b covered-interpreter >report; gcov -j -t covered-workers.c
      gcc -O2 -fprofile-use=covered-interpreter.gcda -c /tmp/lib/interpreter.c -o profiled.o 2>&1; gcov-dump -l covered-workers.gcno >dump
    `,
  },
  {
    title: 'C++: compiled and linked in one call',
    script: `g++ -O2 -g -MD /tmp/lib/shapes.cc /tmp/lib/names.cc -o program; ./program; nm -C program >names`,
  },
  {
    title: 'C++: small, in many ways',
    script: `
      for options in '-Os -fPIC -g' '-O3 -fno-rtti' '-O0 -g3 -fno-inline' '-O2 -flto -frandom-seed=seed'; do
        g++ $options -c /tmp/lib/names.cc -o "names$options.o"; echo $?; done
      g++ -O2 -flto -frandom-seed=seed -shared -fPIC /tmp/lib/names.cc -o libnames.so; g++ -S -Wall /tmp/lib/names.cc
    `,
  },
];
