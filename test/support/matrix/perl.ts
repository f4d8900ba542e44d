/** Questions to perl, and what programs in perl do. /tmp/lib/Fresh is a module that was compiled a moment ago. */
import type { Snippet } from '../two-sides.ts';

/** Loads every compiled module of @INC, each in a perl of its own, by its file's name below `auto`. */
const EVERY_MODULE = `perl -MFile::Find -e '
  find({ no_chdir => 1, wanted => sub { push @found, $1 if m{/auto/(.*)/[^/]*\\.so$} } }, grep { -d } map { "$_/auto" } @INC);
  s{/}{::}g for @found;
  print "$_: ", qx{$^X -e "require $_; print q(loaded)" 2>&1}, "\\n" for sort @found;'`;

const BLIB = 'cp -r /tmp/lib/Fresh . && cd Fresh';

export const PERL: readonly Snippet[] = [
  { title: 'where it looks for modules', script: `perl -e 'print "@INC"'` },
  { title: 'its version and configuration', script: `perl -v; perl -V; perl -V:archname` },
  {
    title: 'all of %Config',
    script: `perl -MConfig -e 'print map { "$_=" . ($Config{$_} // "undef") . "\\n" } sort keys %Config'`,
  },
  { title: 'who it is', script: `perl -e 'print "$^X $0 $^O $^V @ARGV\\n"; print readlink "/proc/self/exe"' a 'b c'` },
  {
    title: 'which machine it runs on',
    script: `perl -MPOSIX -e 'print join ",", POSIX::uname'; perl -e 'print qx{uname -m}'`,
  },
  {
    title: 'by its other names',
    script: `for name in /usr/bin/perl5*; do $name -e 'print "$^X @INC\\n"'; done; ln -s /usr/bin/perl5.*[0-9] link; ./link -e 'print $^X'; rm link
      cd /usr/bin; for name in perl5*; do (exec -a perl ./$name -e 'print "$^X $0 ", readlink "/proc/$$/exe"'); done`,
  },
  {
    title: 'as a copy and as a new link of it',
    script: `cp /usr/bin/perl copy; ln /usr/bin/perl link || cp -l copy link; for name in copy link; do ./$name -e 'print "$^X $0\\n"; exec $^X, "-v"'; done
      rm copy link`,
  },
  { title: 'every compiled module', script: EVERY_MODULE },
  { title: 'a compiled module of a missing package', script: 'perl -MNo::Such::Module -e 1' },
  {
    title: 'a module that was built a moment ago',
    script: `${BLIB}; perl -Mblib -MFresh -e 'print Fresh::answer(), " $^X $0 @ARGV\\n"' a 'b c'; perl -Mblib t/Fresh.t`,
  },
  {
    title: 'its tests',
    script: `${BLIB}; touch Makefile blib/arch/auto/Fresh/*; prove -b t | grep -v ^Files=; PERL5LIB=blib/lib:blib/arch perl t/Fresh.t`,
  },
  {
    title: 'it, found by the script alone',
    script: `${BLIB}; perl -e 'use lib "blib/lib", "blib/arch"; use Fresh; print Fresh::answer()'; cat t/Fresh.t | perl -Mblib`,
  },
  {
    title: 'it, with all that a process has of itself',
    script: `${BLIB}; umask 027; trap '' USR1
      perl -e '$SIG{USR1} = sub { print "caught" }; $SIG{PIPE} = "IGNORE"; umask 0; chdir "blib"; $ENV{X} = 1; $0 = "other";
        unshift @INC, "lib", "arch"; alarm 100; require Fresh; kill USR1 => $$;
        printf "%o %s %s %s\\n", umask, $ENV{PWD} =~ s{.*/}{}r, $0, $SIG{PIPE}; print Fresh::answer(); open F, ">made"; ' 3</etc/passwd
      ls -l blib/made | cut -c 1-10`,
  },
  {
    title: 'a module that came after the tree was made',
    script: `perl -MDigest::SHA=sha1_hex -e 'print sha1_hex("abc")'; perl -e 'print "a\\n"; require Digest::SHA; print "b\\n"'`,
  },
  {
    title: 'numbers, packed and printed',
    script: `perl -e 'for (1..300) { my $x = (rand_($_) - 0.5) * 10 ** ($_ % 40 - 20); print "$x ", unpack("H*", pack "d>", $x),
        sprintf(" %.17g %.30f %e %d %x %s %s\\n", $x, $x, $x, $x, abs $x, sin $x, $x ** 3) } sub rand_ { srand $_[0]; rand }
      print ~0, " ", -1 >> 1, " ", 2 ** 64, " ", 9 ** 9 ** 9, " ", -7 % 3, " ", 1e15 / 7, "\\n";
      print map { "$_ " . length(pack "$_!", 1) . "\\n" } qw(s i l);'`,
  },
  {
    title: 'a hash in its own order, and a sorted list',
    script: `PERL_HASH_SEED=0 perl -e 'print join " ", keys %{{ map { $_ => 1 } "a".."zz" }}'
      perl -e 'print join " ", sort qw(b A a B _ z), sort { $a <=> $b } 10, 9, 100'; LC_ALL=xx_YY perl -e 'print "x"'
      perl -C -Mutf8 -e 'print lc "ÄÖÜ", ucfirst "ß", reverse split //, "äb"'`,
  },
  {
    title: 'stored data',
    script: `perl -MStorable=freeze,nfreeze -e '$Storable::canonical = 1; print unpack "H*", $_->({ a => [1, 2.5, -1e10], b => "x" })
      for \\&freeze, \\&nfreeze'; perl -MDB_File -e 'tie my %h, "DB_File", "db" or die; $h{$_} = $_ for 1..99; untie %h;
      tie %h, "DB_File", "db"; print join ",", sort { $a <=> $b } keys %h; untie %h; unlink "db"'`,
  },
  {
    title: 'processes and pipes',
    script: `perl -e '$| = 1; if (!fork) { print "child\\n"; exit 3 } wait; print $? >> 8, "\\n"; open P, "-|", "uname -m"; print <P>;
      system "exit 5"; print $? >> 8; kill 9, $$'; echo $?
      perl -e 'pipe R, W; if (!fork) { close R; print W "piped"; exit } close W; print <R>; exec "sh", "-c", "echo done"'`,
  },
  {
    title: 'a socket',
    script: `perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die;
      if (!fork) { print { IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $s->sockport) } "hello\\n"; exit }
      print $s->accept->getline; wait'`,
  },
  {
    title: 'threads',
    script: `perl -Mthreads -e 'print map { $_->join } map { my $n = $_; threads->create(sub { $n * 2 }) } 1..4'`,
  },
  {
    title: 'scripts: from a file, from standard input, in place',
    script: `printf '%s\\n' '#!/usr/bin/perl -w' 'print "$0 @ARGV\\n", <DATA>;' __DATA__ data >s.pl; chmod +x s.pl; ./s.pl 1; PATH=$PWD:$PATH s.pl 2
      echo 'print "in $0\\n"' | perl; echo hello >f; perl -pi.bak -e 's/h/j/' f; cat f f.bak; printf 'a:b\\nc:d\\n' | perl -F: -lane 'print $F[1]'`,
  },
  {
    title: 'taint, warnings, errors, the debugger',
    script: `perl -T -e 'eval { system "echo $ARGV[0]" }; print "\${^TAINT} $@"' x; perl -we 'my $x; print $x . "a"; foo('; perl -e 'die "dead\\n"'
      echo 'p 6*7' | PERLDB_OPTS='TTY=0 NonStop=0 ReadLine=0' perl -d -e 'print 1' 2>&1 | grep -c 42`,
  },
  {
    title: 'system calls by the guest’s numbers',
    script: `perl -e 'print syscall(172) == $$ ? "own pid" : "another"'; perl -e 'require "sys/syscall.ph"; print &SYS_getpid, " ", &SYS_write;
      $| = 1; print " "; print syscall(&SYS_getpid) == $$ ? "own pid" : "another"'`,
  },
  {
    title: 'what dpkg and its kin say',
    script: `dpkg-architecture; dpkg-buildflags; dpkg-vendor --query Vendor`,
  },
  {
    title: 'documentation tools',
    script: `pod2man --date=2020-01-01 --release=1 /usr/share/perl/5*/pod/perlcheat.pod >perlcheat.1; pod2text /usr/bin/pod2man >text; podchecker /usr/bin/pod2usage
      echo '{"b":[1,2.5,null],"a":"x"}' | json_pp; h2xs -A -n Made >/dev/null 2>&1; cat Made/Makefile.PL; rm Made/Changes; shasum /etc/passwd; prove --version`,
  },
];
