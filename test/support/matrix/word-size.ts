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
    title: 'compiled files',
    script: `gcc -O2 -g -c /tmp/lib/workers.c; g++ -Os -fPIC -c /tmp/lib/shapes.cc; as --version | head -1; size workers.o`,
  },
];
