/** Questions whose answers depend on the size of a machine word, for a 32-bit guest. */
import type { Snippet } from '../two-sides.ts';

export const WORD_SIZE: readonly Snippet[] = [
  { title: 'getconf', script: 'getconf LONG_BIT; getconf ULONG_MAX; getconf INT_MAX' },
  { title: 'od', script: 'for type in dL xL uL fL dI x8; do od -An -t $type -N16 /bin/sh; done' },
  {
    title: 'shell arithmetic',
    script: 'echo $((2**63)) $((1 << 40)); dash -c "echo \\$((1 << 40))"; expr 9223372036854775807 + 1',
  },
  { title: 'who bash is', script: 'echo $MACHTYPE $HOSTTYPE $OSTYPE; uname -a | wc -w; uname -m; arch' },
  { title: 'limits', script: 'bash -c "ulimit -a"; dash -c "ulimit -a"' },
  {
    title: 'dates after 2038',
    script: 'date -u -d @9999999999; date -u -d 2100-01-01 +%s; touch -d "2050-01-01 UTC" f; stat -c "%y %Y" f',
  },
  {
    title: 'large files',
    script: 'truncate -s 5G f; stat -c %s f; find . -size +4G; find . -size 5G -printf %s; tail -c 3 f | od -c; rm f',
  },
  {
    title: 'sort',
    script: 'printf "1e3\\n10\\n2\\n1e400\\n" | sort -g; printf "99999999999999999999\\n1\\n" | sort -n',
  },
  {
    title: 'tar and cpio',
    script: 'touch -d @1 f; tar -cf x f --owner=0; cksum x; echo f | cpio -o -H newc 2>/dev/null | wc -c',
  },
  {
    title: 'perl: numbers',
    script: `perl -e 'print ~0, " ", 2**63, " ", -17 % 5, " ", 1 << 40, " ", "18446744073709551616" + 0, "\\n";
      print length pack("l!", 1), length pack("p", "x"), length pack("j", 1), "\\n"; { use integer; print 2**31 * 2 }
      printf "%.20g %a %.40f\\n", 0.1, 1/3, 0.1; $s += 1/$_ for 1..5000; printf "%.20g\\n", $s;
      printf "%.17g ", (($_ * 7919 % 1000) / 37 * 1.1 + 3.3) / 7.7 for 1..2000; print 10**-5 == 1e-5;'`,
  },
  {
    title: 'perl: what it is',
    script: 'perl -v; perl -V; perl -V:longsize -V:ptrsize -V:ivsize -V:archname; perl -e \'print "@INC $^X"\'',
  },
  {
    title: 'perl: limits',
    script: "perl -MPOSIX -e 'print join q( ), LONG_MAX, ULONG_MAX, INT_MAX, SSIZE_MAX, uname'",
  },
  {
    title: 'perl: compiled modules',
    script: `perl -MList::Util=sum -MDigest::SHA=sha256_hex -MStorable=freeze -MEncode -MTime::HiRes -MSocket -MB -e '
      print sum(1..10), sha256_hex("x"), unpack("H*", freeze [1, 2, "x", 1.5]), unpack "H*", encode "UTF-16", "h\\x{20ac}"'`,
  },
  {
    title: 'perl: programs',
    script: 'dpkg-architecture; pod2man /usr/share/perl5/Dpkg.pm | cksum; perl -c /usr/bin/dpkg-source',
  },
  {
    title: 'python: what it is',
    script: `python3 -c 'import sys, sysconfig, platform, importlib.machinery as m
print(sys.version, sys.maxsize, sys.hash_info, sys.int_info, sys.implementation, sys.executable, sys.path, m.all_suffixes())
print(sorted(sysconfig.get_config_vars().items()), sysconfig.get_platform(), platform.machine(), platform.architecture())'`,
  },
  {
    title: 'python: numbers and structures',
    script: `python3 -c 'import array, math, random, struct, sys
print([(c, struct.calcsize(c), struct.calcsize("c" + c), struct.pack("=b" + c, 1, 2).hex()) for c in "bBhHiIlLqQfd"])
print([(c, struct.calcsize("c" + c)) for c in "nNP"], [(c, array.array(c).itemsize) for c in "bBhHiIlLqQfd"], hash(2**40), hash(1.5))
print([sys.getsizeof(x) for x in (0, 2**40, "", "a", (), 1.0, b"")], len(range(2**31 - 1)))
random.seed(1)
numbers = [random.uniform(-50, 50) for _ in range(200)]
print([(a * b, a / b, a + b, a // b, a % b, round(a, 3), math.sqrt(abs(a)), math.floor(a)) for a in numbers for b in numbers[:9]])
try: len(range(2**31))
except OverflowError as error: print(error)'`,
  },
  {
    title: 'python: compiled modules and bytecode',
    script: `python3 -c 'import ctypes, hashlib, marshal, os, pickle, zlib, bz2, lzma, ssl, _decimal, _json
print(ctypes.sizeof(ctypes.c_long), ctypes.CDLL("libc.so.6").toupper(97), ssl.OPENSSL_VERSION, _decimal.__file__, pickle.dumps([2**40, 1.5]).hex())
print(hashlib.sha256(marshal.dumps(compile(open(os.__file__).read(), "os", "exec"))).hexdigest(), zlib.crc32(b"a"))'`,
  },
  {
    title: 'fakeroot',
    script: `fakeroot sh -c 'touch f; chown 5:7 f; mkdir d; stat -c "%u %g" f
perl -e "print join(q( ), (stat q(f))[4, 5], \\$<), qq(\\n); chown 3, 4, q(d)"; stat -c "%u %g" d
python3 -c "import os; print(os.stat(\\"d\\").st_uid, os.getuid())"; tar -cf - f d | tar --numeric-owner -tvf - | cut -c1-20'`,
  },
  {
    title: 'gcc: what it is and where it looks',
    script: 'gcc -v; gcc -dumpspecs; gcc -print-search-dirs; echo | gcc -E -v -dM -; echo | g++ -x c++ -E -v -',
  },
  {
    title: 'compiled files',
    script: `gcc -O2 -g -c /tmp/lib/workers.c; g++ -Os -fPIC -c /tmp/lib/shapes.cc; as --version | head -1; size workers.o`,
  },
];

/** Dates that need times of more than 32 bits. */
export const LONG_TIMES: readonly Snippet[] = [
  {
    title: 'perl: dates after 2038',
    script: `perl -MPOSIX=mktime,ctime -e 'open F, ">f"; utime 5e9, 5e9, "f" or print "$!"; print +(stat "f")[9], " ",
      mktime(0, 0, 0, 1, 0, 200), " ", ctime(5e9), scalar gmtime 5e9'; perl -V:timesize`,
  },
  {
    title: 'python: dates after 2038',
    script: `python3 -c 'import datetime, os, time
open("f", "w"); os.utime("f", (5e9, 5e9)); print(os.stat("f").st_mtime, time.gmtime(5e9), datetime.datetime.fromtimestamp(5e9))'`,
  },
];
