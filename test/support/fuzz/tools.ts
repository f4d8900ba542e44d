/** The tools that the fuzzer calls, each with a way to make a command line and an input of it. */
import type { Random } from './random.ts';

export interface FuzzCase {
  readonly argv: readonly string[];
  readonly input: Buffer;
}

interface Tool {
  readonly name: string;
  readonly make: (
    random: Random,
    samples: Samples,
  ) => { readonly argv: readonly string[]; readonly input?: string | Buffer };
}

/** Files of the guest that some tools read, changed at random. */
export interface Samples {
  readonly elf: Buffer;
}

const LOCALES = ['C', 'C.UTF-8'] as const;
const RANGES = ['1', '2-', '-3', '1,3', '2-4', '0', '5-1', '1-2,4-'] as const;
const EXPRESSIONS = [
  'a',
  '^a',
  'b*',
  '[a-z]+',
  '(a|b)c',
  '\\w',
  '.',
  '$',
  '[[:digit:]]',
  '\\(a\\)',
  'ä',
  '[',
  'x{2,}',
  '',
] as const;

/** With a locale, since a third of what these tools do depends on it. */
function localised(random: Random, argv: readonly string[]): string[] {
  return ['env', `LC_ALL=${random.pick(LOCALES)}`, ...argv];
}

/** A tool that filters text: some options, each with a value where it takes one. */
function filter(name: string, options: readonly string[], operands: readonly (readonly string[])[] = [[]]): Tool {
  return {
    name,
    make: (random) => ({
      argv: localised(random, [name, ...random.some(options), ...random.pick(operands)]),
      input: random.text(12),
    }),
  };
}

function arithmetic(random: Random, depth = 3): string {
  if (depth === 0 || random.int(4) === 0)
    return random.pick(['0', '1', '7', '255', '4096', '65537', '2147483647', '9223372036854775807']);
  const operator = random.pick(['+', '-', '*', '/', '%']);
  return `(${arithmetic(random, depth - 1)} ${operator} ${arithmetic(random, depth - 1)})`;
}

/** Often half-way between two numbers of fewer digits, where the last bit decides. */
function decimal(random: Random): string {
  const digits = (count: number): string => Array.from({ length: count }, () => String(random.int(10))).join('');
  return `${random.pick(['', '-'])}${digits(1 + random.int(3))}.${digits(random.int(4))}5${random.pick(['', 'e9', 'e-7', 'e308', 'e-4940', '0000000000000000001'])}`;
}

function shellPrintf(random: Random): readonly string[] {
  const flags = random.some(['-', '+', ' ', '0']).join('');
  const letter = random.pick(['a', 'A', 'e', 'E', 'f', 'F', 'g', 'G']);
  const format = `%${flags}${random.pick(['', '9', '24'])}${random.pick(['', '.0', '.2', '.30'])}${letter}|`;
  const numbers = Array.from({ length: 12 }, () => decimal(random));
  return ['bash', '-c', 'printf -v x "$@"; printf "$@"; echo "|$x|"', 'x', format, ...numbers];
}

function cFunction(random: Random): string {
  const type = random.pick(['int', 'unsigned', 'long', 'unsigned char', 'double', 'float', 'long long', 'short']);
  const body = random.pick([
    'return e;',
    'for (int i = 0; i < 9; i++) a += e; return a;',
    'if (a) return e; return b;',
    'switch ((int) a) { case 1: return e; default: return b; }',
  ]);
  const expression = arithmetic(random).replaceAll(/\b(1|7)\b/g, () => random.pick(['a', 'b', '3']));
  return `${type} f(${type} a, ${type} b) { ${body.replaceAll('e;', `(${type}) ${expression.replaceAll('%', '-')};`)} }\n`;
}

function mutated(random: Random, sample: Buffer): Buffer {
  const copy = Buffer.from(sample);
  const flips = random.int(6);
  for (let at = 0; at < flips; at++) copy[random.int(random.pick([64, 1024, copy.length]))] = random.int(256);
  return copy.subarray(0, random.int(5) === 0 ? random.int(copy.length) : copy.length);
}

function onElf(name: string, options: readonly string[]): Tool {
  return {
    name,
    make: (random, { elf }) => ({ argv: [name, ...random.some(options), '/dev/stdin'], input: mutated(random, elf) }),
  };
}

/** Packs and unpacks, and shows the sum of the packed bytes as well. */
function packer(name: string, options: readonly string[]): Tool {
  return {
    name,
    make: (random) => ({
      argv: ['sh', '-c', `${name} -c ${random.pick(options)} >x; md5sum <x; ${name} -dc <x`],
      input: random.int(2) === 0 ? random.bytes(3000) : random.text(60),
    }),
  };
}

function script(name: string, make: (random: Random) => readonly string[]): Tool {
  return { name, make: (random) => ({ argv: make(random), input: random.text(8) }) };
}

export const TOOLS: readonly Tool[] = [
  filter('sort', ['-n', '-r', '-u', '-f', '-V', '-h', '-b', '-M', '-k2', '-t:', '-s', '-z', '-d']),
  filter('sort', ['-g', '-rg', '-k2g', '-u', '-s', '-t:', '--sort=general-numeric']),
  filter(
    'cut',
    ['-s', '--complement'],
    RANGES.flatMap((range) => [
      ['-f', range],
      ['-c', range],
      ['-b', range],
      ['-d:', '-f', range],
    ]),
  ),
  filter(
    'tr',
    ['-s', '-c'],
    [
      ['a-z', 'A-Z'],
      ['[:lower:]', '[:upper:]'],
      ['abc', 'x'],
      ['z-a', 'b'],
      ['\\n', ' '],
      ['a-c', ''],
    ],
  ),
  filter('uniq', ['-c', '-d', '-u', '-i', '-f1', '-s1', '-w2', '-D']),
  filter('wc', ['-l', '-w', '-c', '-m', '-L']),
  filter('fold', ['-s', '-b', '-w5', '-w1']),
  filter('fmt', ['-s', '-u', '-w20', '-t', '-c']),
  // With a date of its own: the two sides' clocks are minutes apart.
  filter('pr', ['-t', '-n', '-2', '-w40', '-l12', '-d', '-hx'], [['-D', 'y']]),
  filter('nl', ['-ba', '-nrz', '-w3', '-s:', '-v-2', '-i3', '-p']),
  filter('expand', ['-t4', '-i', '-t2,5']),
  filter('unexpand', ['-a', '-t4', '--first-only']),
  filter('head', ['-n3', '-c5', '-n-2', '-c-4', '-q', '-v', '-z']),
  filter('tail', ['-n3', '-c5', '-n+2', '-c+4', '-q', '-v']),
  filter('tac', ['-b', '-r', '-sa', '-s:']),
  filter('rev', []),
  filter('paste', ['-s', '-d:,', '-z'], [['-'], ['-', '-'], ['-', '/etc/hostname', '-']]),
  filter(
    'join',
    ['-a1', '-v2', '-i', '-t:', '--nocheck-order'],
    [
      ['-', '/etc/passwd'],
      ['/etc/group', '-'],
    ],
  ),
  filter(
    'comm',
    ['-1', '-2', '-3', '--total', '--nocheck-order'],
    [
      ['-', '/etc/group'],
      ['/etc/passwd', '-'],
    ],
  ),
  filter('tsort', []),
  filter('ptx', ['-G', '-f', '-A', '-w40', '-O']),
  filter('base64', ['-w10', '-w0', '-d', '-i']),
  filter('base32', ['-w10', '-d', '-i']),
  filter('basenc', ['--base16', '--z85', '--base2msbf', '-d', '-w8']),
  filter('md5sum', ['-b', '--tag', '-z']),
  filter('sha256sum', ['--tag', '-c', '-z']),
  filter('b2sum', ['-l8', '-l64', '--tag']),
  filter('cksum', ['--untagged', '-acrc', '-asm3', '-abzd', '-asysv', '--base64']),
  filter('sum', ['-r', '-s']),
  filter('od', ['-c', '-x', '-a', '-td8', '-tx4', '-tu2', '-An', '-v', '-w7', '-j3', '-N20', '-S3', '-tf8']),
  filter('xxd', ['-p', '-b', '-c7', '-r', '-u', '-g3', '-i']),
  filter('shuf', ['-n3', '-z', '--random-source=/etc/passwd'], [['--random-source=/bin/true']]),
  filter(
    'split',
    ['-l2', '-d', '-x', '-a3', '--additional-suffix=.x', '--verbose'],
    [['-b7', '-'], ['-n3', '/dev/stdin'], ['-']],
  ),
  filter(
    'csplit',
    ['-k', '-z', '-s', '-n3', '-f', 'y'],
    [
      ['-', '/a/', '{*}'],
      ['-', '3'],
      ['-', '%b%'],
    ],
  ),
  filter(
    'diff',
    ['-u', '-c', '-i', '-w', '-b', '-y', '-q', '-e', '-n', '-U1', '--normal', '-W40'],
    [['--label=a', '--label=b', '-', '/etc/group']],
  ),
  filter('cmp', ['-l', '-b', '-s', '-n9', '-i2'], [['-', '/etc/passwd']]),
  filter(
    'grep',
    ['-i', '-v', '-c', '-n', '-o', '-w', '-x', '-E', '-F', '-P', '-m2', '-A1', '-b', '-z', '--color=always'],
    EXPRESSIONS.map((word) => ['-e', word]),
  ),
  // Without --debug: it prints bytes above 127 as the signed or unsigned numbers that the machine's `char` makes of them.
  filter(
    'sed',
    ['-n', '-E', '-s', '-z', '--posix'],
    [
      ['s/a/[&]/g'],
      ['y/abc/xyz/'],
      ['2,4d'],
      ['$!N;P;D'],
      ['/a/,/b/p'],
      ['s/\\(.\\)\\(.\\)/\\2\\1/'],
      ['='],
      ['l 5'],
      ['G;h'],
      ['s/./\\U&/2;t;s/x/y/'],
      ['a\\\nx'],
      ['0~3w /dev/stdout'],
      ['s/(/x/'],
    ],
  ),
  filter(
    'mawk',
    ['-F:', '-vx=3'],
    [
      ['{ print NF, $1, $NF }'],
      ['{ s += $1 } END { print s, s/3, int(s), s % 7 }'],
      ['{ print length($0), toupper($0), substr($0, 2, 3) }'],
      ['{ gsub(/[a-c]/, "<&>"); print }'],
      [
        'BEGIN { for (i = 0; i < 5; i++) printf "%d %5.2f %e %g %x %o %c %s\\n", i*i-2, i/3, i*1e9, exp(i), i*77-100, i*9, i+65, sqrt(i) }',
      ],
      ['{ n = split($0, p, /[: ]/); for (i = n; i; i--) printf "%s|", p[i]; print "" }'],
      ['{ print $1 > "/dev/stderr" } END { exit 3 }'],
      [
        'BEGIN { print index("abc", "c"), match("aab", /b/), RSTART, sin(1), atan2(1, 2), log(7), 2^53+1, 1e300*1e10, substr("äö", 1, 1) }',
      ],
    ],
  ),
  filter(
    'gawk',
    ['-F:', '-vx=3', '--posix', '--traditional', '-b', '-M'],
    [
      ['{ print NF, $1, $NF }'],
      ['{ print toupper($0), length($0), strtonum($1) }'],
      [
        'BEGIN { printf "%d %i %5.3f %a %g %\'d\\n", 2^53+1, -3.9, 1/3, 0.1, 1e-5, 1234567; print xor(5, 3), lshift(1, 40), compl(7) }',
      ],
      ['{ print gensub(/(.)(.)/, "\\\\2\\\\1", "g"), systime() > 0 }'],
      [
        'BEGIN { PROCINFO["sorted_in"] = "@ind_num_asc"; for (i = 9; i; i--) a[i] = i*i; for (k in a) print k, a[k]; print asort(a), typeof(a), strftime("%F", 0, 1) }',
      ],
      ['{ print substr($0, 0), substr($0, -1, 3), index($0, "ä") }'],
    ],
  ),
  filter('bc', ['-l', '-q', '-s', '-w']),
  filter('m4', ['-P', '-s', '-E', '-Dx=1', '-G'], [['-'], []]),
  filter('xargs', ['-n2', '-r', '-t', '-0', '-L1', '-d:', '-x', '-s200'], [['echo'], ['printf', '<%s>'], []]),
  filter(
    'iconv',
    ['-c', '-s'],
    ['ISO-8859-1', 'UTF-16', 'UTF-7', 'EUC-JP', 'GB18030', 'CP437', 'ASCII//TRANSLIT'].flatMap((set) => [
      ['-f', 'UTF-8', '-t', set],
      ['-f', set.replace('//TRANSLIT', ''), '-t', 'UTF-8'],
    ]),
  ),
  filter(
    'dd',
    ['status=none', 'bs=3', 'count=2', 'skip=1', 'conv=ucase', 'conv=swab', 'conv=sync', 'cbs=8', 'conv=block'],
    [['status=none']],
  ),
  filter('file', ['-b', '-i', '-k', '-r', '--mime-encoding'], [['-']]),
  filter(
    'c++filt',
    ['-n', '-t', '-i'],
    [['_ZN3foo3barEi', '_ZSt4cout', 'abc'], ['_ZNSt6vectorIiSaIiEE9push_backEOi'], ['_Z', '_R', '?x@@']],
  ),
  filter('msgfmt', ['-c', '-v', '-f', '--statistics', '--endianness=big'], [['-o', '-', '-']]),
  filter(
    'getopt',
    ['-a', '-q', '-u', '-T'],
    [
      ['-o', 'ab:c::', '--', '-a', '-b', 'x', '-cy', 'z'],
      ['-l', 'long:,opt', '-o', 'x', '--', '--lo', '1', '--opt=3'],
      ['ab:', '-b'],
    ],
  ),
  filter(
    'expr',
    [],
    [
      ['1', '+', 'a'],
      ['abc', ':', 'a\\(.\\)'],
      ['9223372036854775807', '+', '1'],
      ['index', 'abc', 'cb'],
      ['substr', 'äöü', '2', '1'],
      ['length', 'äöü'],
      ['3', '*', '7', '%', '4'],
      ['a', '<', 'b'],
    ],
  ),
  filter(
    'tar',
    ['--format=ustar', '--format=gnu', '--format=posix', '--numeric-owner', '-v'],
    [
      ['-t', '-f', '-'],
      [
        '-c',
        '--sort=name',
        '--mtime=@0',
        '--pax-option=delete=atime,delete=ctime',
        '-f',
        '-',
        '-C',
        '/etc',
        'passwd',
        'group',
      ],
      ['-x', '-O', '-f', '-'],
    ],
  ),
  filter('find', [
    '-maxdepth',
    '2',
    '-type',
    'f',
    '-newer',
    '/etc/passwd',
    '-size',
    '+1k',
    '-name',
    '*a*',
    '-printf',
    '%p %m %s %y\n',
    '-empty',
    '-not',
    '-o',
    '-print0',
  ]),
  filter(
    'factor',
    ['-h'],
    [['12'], ['18446744073709551557'], ['340282366920938463463374607431768211457'], ['0', '-1', 'x']],
  ),
  filter(
    'date',
    ['-u', '-R', '-I', '--rfc-3339=ns'],
    [
      '1970-01-01',
      '@86400',
      '2024-02-29 +1 year',
      'next month 2000-01-31',
      'x',
      '@-1',
      '2000-01-01 12:00 EST',
      '10000-01-01',
    ].map((when) => ['-d', when, '+%c %s %N %V %j %U %Z']),
  ),
  packer('gzip', ['-1', '-6', '-9n']),
  packer('bzip2', ['-1', '-9']),
  packer('xz', ['-0', '-6', '-9e', '--format=lzma', '--check=crc32']),
  packer('zstd', ['-q', '-q -1', '-q -19', '-q --ultra -20']),
  onElf('readelf', ['-h', '-l', '-S', '-s', '-d', '-r', '-n', '-V', '-W', '-x.rodata', '-p.comment', '-wF', '-A']),
  onElf('objdump', ['-f', '-h', '-x', '-d', '-s', '-T', '-r', '-w', '-M', 'no-aliases']),
  onElf('nm', ['-a', '-D', '-S', '-u', '-n', '-C', '-P', '-fsysv']),
  onElf('strings', ['-a', '-n6', '-tx', '-el', '-eS', '-w']),
  onElf('size', ['-A', '-B', '-x', '-t', '--common']),
  onElf('file', ['-b', '-i']),
  script('bash', (random) => [
    'bash',
    '-c',
    `echo $(( ${arithmetic(random)} )); x=${random.pick(['abc', 'äöü', 'a.b.c', ''])}; echo \${x#*.} \${x%%.*} \${x/b/Y} \${x^^} \${x: -2} \${#x} "\${x@Q}"; printf '%d %x %q %b\\n' ${random.pick(['1', '077', '0x1f', "\\'a", 'x'])} 255 "$x" 'a\\tb'; read -r a b; echo "$a|$b"; [[ $x =~ ${random.pick(['a', '^b', '(.)c', '[0-9]+'])} ]]; echo $? "\${BASH_REMATCH[@]}"`,
  ]),
  script('printf of bash', shellPrintf),
  script('dash', (random) => [
    'dash',
    '-c',
    `echo $(( ${arithmetic(random)} )); printf '%d|%5s|%-5s|%x\\n' ${random.pick(['12', '010', '0xf', 'x'])} a b 255; while read -r l; do case $l in ${random.pick(['a*', '*:*', '[0-9]*', '?'])}) echo "<$l>";; esac; done; set -- a b; shift ${String(random.int(4))}; echo $#`,
  ]),
  script('perl', (random) => [
    'perl',
    '-e',
    `use integer if ${String(random.int(2))}; print eval { ${arithmetic(random)} }, $@, "\\n"; printf "%s %d %x %.10g %e %s\\n", "ä", ${arithmetic(random, 1)}, 255, 1/3, 1e10, join ",", map { ord } split //, pack("${random.pick(['sSlLqQ', 'nNvV', 'w*', 'fd', 'H*', 'A5Z*', 'u'])}", 1..6); while (<STDIN>) { s/${random.pick(['a', '(b+)', '\\\\s+', '[a-c]'])}/<$&>/g; tr/a-c/A-C/; print sort { $b cmp $a } split /:/ } print "$]\\n"`,
  ]),
  script('test', (random) => [
    'test',
    ...random.pick([
      ['a', '=', 'b'],
      ['1', '-lt', '2'],
      ['-f', '/etc/passwd'],
      ['x', '-eq', '1'],
      ['-n', ''],
      ['!', '-d', '/etc'],
      ['(', 'a', ')'],
    ]),
  ]),
  {
    name: 'make',
    make: (random) => ({
      argv: [
        'make',
        '-n',
        ...random
          .some(['-p', '-k', '-B', '-j2', '-r', '-R', '-s', '-d'])
          .filter((word) => word !== '-p' && word !== '-d'),
        '-f',
        '-',
      ],
      input: `a: b\n\tcc $@ $< $^ $(CFLAGS)\nb:\n\techo ${random.pick(['$(wildcard /etc/pass*)', '$(sort c b a)', '$(words a b)', '$(subst a,b,aaa)', '$(patsubst %.c,%.o,x.c)', '$(shell echo hi)', '$(error no)', '$(foreach x,1 2,[$(x)])'])}\n${random.pick(['', '.PHONY: a\n', 'a: a\n', 'include nothing\n', '%.o: %.c\n\tx\n'])}`,
    }),
  },
  {
    name: 'cc1',
    make: (random) => ({
      argv: [
        'gcc',
        '-x',
        'c',
        '-S',
        '-o',
        '-',
        random.pick(['-O0', '-O1', '-O2', '-O3', '-Os', '-Og']),
        ...random.some([
          '-g',
          '-fPIC',
          '-Wall',
          '-Wextra',
          '-funroll-loops',
          '-ffast-math',
          '-fstack-protector-strong',
          '-std=c99',
          '-pedantic',
        ]),
        '-',
      ],
      input: cFunction(random),
    }),
  },
  {
    name: 'cpp',
    make: (random) => ({
      argv: ['cpp', ...random.some(['-P', '-dM', '-C', '-traditional-cpp', '-DA=1', '-undef', '-Wall', '-H'])],
      input: `#include <limits.h>\n#if A ${random.pick(['> 0', '/ 0', '', '&& defined B'])}\n#define F(x) x##1 #x\n#endif\nF(${random.pick(['a', '', '1.', '"'])}) LONG_MAX CHAR_MIN __LINE__\n${random.text(4)}`,
    }),
  },
  {
    name: 'as',
    make: (random) => ({
      argv: ['sh', '-c', 'as -o x.o - && objdump -d -s x.o'],
      input: `.text\nf: ${random.pick(['nop', 'ret', 'b f', 'bl f', '.word 1', '.byte 1, 2, 300', 'bogus x1'])}\n.data\n.${random.pick(['quad', 'long', 'short', 'ascii "a"', 'zero'])} ${random.pick(['1', '-1', 'f', '0xffffffffff', ''])}\n`,
    }),
  },
  {
    name: 'bison',
    make: (random) => ({
      argv: ['sh', '-c', 'cat >x.y; bison -d -Wall --report=all x.y; md5sum x.tab.[ch]; head -c 3000 x.output'],
      input: `%token A B\n${random.pick(['', '%left A\n', '%glr-parser\n', '%define api.pure\n'])}%%\ns: ${random.pick(['A', 's A', '%empty', 's s', 't'])} | ${random.pick(['B', 'A B', 's B'])} ;\n${random.pick(['', 't: A t | B;\n'])}%%\n`,
    }),
  },
  {
    name: 'flex',
    make: (random) => ({
      argv: ['sh', '-c', `flex ${random.pick(['-t', '-t -f', '-t -i', '-t -8', '-t -Ce', '-s -t'])} | md5sum`],
      input: `%%\n${random.pick(['[a-z]+', 'a*b', '"x"', '(a|b)+', '[^'])} return 1;\n${random.pick(['.|\\n ;', '<<EOF>> return 0;', ''])}\n%%\n`,
    }),
  },
];

/** The case of this number: tools take turns, so that every one is called equally often. */
export function makeCase(random: Random, number: number, samples: Samples): FuzzCase & { readonly name: string } {
  const tool = TOOLS[number % TOOLS.length];
  if (tool === undefined) throw new RangeError('there are no tools');
  const { argv, input } = tool.make(random, samples);
  return { name: tool.name, argv, input: Buffer.from(input ?? '') };
}
