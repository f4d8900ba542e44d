/** What tools make of their input: text, archives, translations, generated sources. */
import type { Snippet } from '../two-sides.ts';

export const TOOLS: readonly Snippet[] = [
  {
    title: 'packers write the same bytes',
    script: `
      for pack in 'gzip -9n' 'bzip2 -9' 'xz -6e' 'xz -T2' 'zstd -q -19' 'zstd -q -T2'; do
        $pack < /usr/bin/sed > packed; md5sum < packed
        case $pack in zstd*) $pack -d < packed | md5sum;; *) \${pack%% *} -d < packed | md5sum;; esac
      done
      xz --robot --list /dev/null; gzip -tv /usr/share/doc/bash/changelog.Debian.gz; xz --lzma2=dict=8MiB < /bin/ls | md5sum
    `,
  },
  {
    title: 'tar writes the same archives',
    script: `
      for format in gnu ustar posix; do
        tar --create --format=$format --sort=name --mtime=@0 --pax-option=delete=atime,delete=ctime -C /usr/share/doc bash | md5sum
      done
      tar cJ --sort=name --mtime=@0 -C /usr/share/doc bash | tar tJ | md5sum; dpkg-deb --build /nowhere; dpkg-deb --version
    `,
  },
  {
    title: 'text tools agree',
    script: `
      export LC_ALL=C.UTF-8
      sort -R --random-source=/etc/passwd /etc/passwd; sort -t: -k3n /etc/passwd; sort -V <<< $'a10\\na9'
      sed -n 's/\\(.*\\):x:/\\U\\1/p' /etc/passwd; grep -c '[[:alpha:]ä]' /etc/passwd; tr a-z A-Z <<< äöü
      diff -u /etc/passwd /etc/group | tail -n +3; cmp /etc/passwd /etc/group; join -t: /etc/passwd /etc/group
      mawk 'BEGIN { printf "%.17g %d %s\\n", 0.1 * 3, 2^53 + 1, substr("äöü", 2, 1) }'
      gawk 'BEGIN { printf "%.17g %d %s %x\\n", 0.1 * 3, 2^53 + 1, substr("äöü", 2, 1), 255; print strftime("%F", 0, 1) }'
      gawk 'BEGIN { for (key in PROCINFO) if (key !~ /pid|argv/) print key, PROCINFO[key] }' | sort
      bc -l <<< 'scale=30; 4*a(1); 2^200; e(1)'; expr 9223372036854775807 + 1; echo $((2**63)) $((1<<70)); factor 18446744073709551557
      find /etc -printf '%p %s %m %y\\n' | sort | md5sum; ls -la --time-style=+ /usr/lib | md5sum; date -d @86400 -u; fold -w 10 /etc/passwd | head -3
    `,
  },
  {
    title: 'file recognises what is there',
    script: `
      file /bin/ls /usr/bin/sh /etc/passwd /dev/null /usr/share/doc/bash/changelog.Debian.gz /usr/lib/os-release
      file --mime --dereference /bin/sh /etc/passwd; file --version
    `,
  },
  {
    title: 'translations',
    script: `
      printf 'msgid ""\\nmsgstr "Content-Type: text/plain; charset=UTF-8\\\\n"\\nmsgid "a"\\nmsgstr "\u00e4"\\n' > a.po
      msgfmt --check --verbose -o a.mo a.po; msgfmt --endianness=big -o big.mo a.po; msgunfmt a.mo; msgunfmt big.mo
      msgcat -t ISO-8859-1 a.po | od -An -tx1; msgattrib --translated a.po; msgmerge -q a.po a.po; msgcmp a.po a.po; echo $?
      printf 'int main() { _("x"); }' | xgettext -L C -k_ -o - - | grep -v Date; for tool in msgfmt xgettext; do $tool --version; done
    `,
  },
  {
    title: 'generators of source files',
    script: `
      printf '%%%%\\na return 1;\\n%%%%\\n' > l.l; flex -o l.c l.l; printf '%%%%\\ns: "a";\\n' > y.y; bison -o y.c y.y
      echo 'define(x,1)x len(abc) esyscmd(echo hi) incr(5) eval(2**10)' | m4; m4 --version; flex --version; bison --version
    `,
  },
  {
    title: 'pkgconf knows the guest’s directories',
    script: `
      pkg-config --variable=pc_path pkg-config; pkg-config --variable=pc_system_libdirs pkg-config; pkg-config --dump-personality
      pkg-config --list-all | sort; pkg-config --cflags --libs nothing-of-this-name; aarch64-linux-gnu-pkg-config --version
    `,
  },
];
