/** Tools that configure, document and look after a build. */
import type { Snippet } from '../two-sides.ts';

/** Logs with times and random names; everything else of the build tree is compared. */
const CMAKE_LOGS = '-name CMakeConfigureLog.yaml -o -name .ninja_log -o -name .ninja_deps';

export const BUILD_TOOLS: readonly Snippet[] = [
  {
    title: 'cmake: who it is and where it runs',
    script: `
      for tool in cmake ctest cpack ninja; do $tool --version; done; cmake -E capabilities; cmake -E sha256sum /etc/passwd; cmake --help-policy CMP0001
      cat >x.cmake <<'END'
cmake_host_system_information(RESULT r QUERY OS_NAME OS_PLATFORM IS_64BIT HAS_FPU HAS_MMX HAS_SSE2 PROCESSOR_NAME)
message("\${r} \${CMAKE_HOST_SYSTEM_NAME} \${CMAKE_HOST_SYSTEM_PROCESSOR} \${CMAKE_COMMAND} \${CMAKE_CTEST_COMMAND} \${CMAKE_ROOT}")
execute_process(COMMAND \${CMAKE_COMMAND} -E echo child)
END
      here=$PWD; cd /usr/bin; ../bin/cmake -P $here/x.cmake; PATH=/bin cmake -P $here/x.cmake`,
  },
  {
    title: 'a project that cmake configures and builds',
    script: `
      cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.20)
project(answer VERSION 1.2 LANGUAGES C)
include(GNUInstallDirs)
include(CheckTypeSize)
check_type_size("long" SIZEOF_LONG)
message("\${CMAKE_SYSTEM_PROCESSOR} \${CMAKE_LIBRARY_ARCHITECTURE} \${CMAKE_INSTALL_LIBDIR} \${SIZEOF_LONG}")
add_library(answer SHARED answer.c)
set_target_properties(answer PROPERTIES VERSION 1.2 SOVERSION 1)
install(TARGETS answer)
enable_testing()
add_test(NAME asks COMMAND \${CMAKE_COMMAND} -E true)
END
      echo 'int answer(void) { return 42; }' >answer.c
      cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_EXPORT_COMPILE_COMMANDS=ON | sed 's/(.*s)$//'
      cmake --build build -j1; DESTDIR=$PWD/to cmake --install build --prefix /usr; ctest --test-dir build | grep -v -i sec
      find build ${CMAKE_LOGS} -o -name LastTest.log -o -name CTestCostData.txt | xargs rm`,
  },
  {
    title: 'git',
    script: `
      export GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000' GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=c
      export GIT_COMMITTER_EMAIL=c@d HOME=$PWD; git version --build-options; git --exec-path; git init -q -b main r; cd r; cp -r /usr/share/doc/bash .
      git add .; git commit -qm one; echo x >>bash/copyright; git commit -qam two; git log --stat; git diff HEAD~; git format-patch -1 --stdout; git blame bash/copyright | tail -2
      git -c pack.threads=1 repack -adq; ls .git/objects/pack; git fsck --full --strict; git archive HEAD | md5sum; git archive --format=tar.gz HEAD | md5sum
      git clone -q file://$PWD ../c; git -C ../c log --oneline; git grep -n Free | head -5; git tag -a -m t v1; git describe; git config --list --show-origin
      git clone http://127.0.0.1:1/x ../d 2>&1 | sed 's/after [0-9]* ms//'; git shell -c x; rm -rf .git ../c ../.gitconfig`,
  },
  {
    title: 'ccache and openssl',
    script: `
      export CCACHE_DIR=$PWD/cache; echo 'int main(void) { return 3; }' >a.c; ccache --version; ccache -V; ccache --hash-file a.c
      for i in 1 2; do ccache gcc -O2 -g -c a.c -o a.o; done; ccache -s; PATH=/usr/lib/ccache:$PATH gcc -c a.c -o b.o; ccache -s; rm -rf cache
      openssl version -a; openssl list -providers; openssl list -digest-algorithms | sort; openssl list -engines; openssl dgst -sha256 -sha3-256 /etc/passwd
      openssl enc -aes-256-cbc -pbkdf2 -S 0011223344556677 -k x -in /etc/passwd -a; openssl md4 -provider legacy /etc/passwd; openssl passwd -6 -salt a b
      openssl x509 -in /etc/ssl/certs/ca-certificates.crt -noout -subject -fingerprint; openssl ciphers -v; openssl prime 1000003; openssl help 2>&1`,
  },
  {
    title: 'documents',
    script: `
      cat >d.xsl <<'END'
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:math="http://exslt.org/math"
 xmlns:crypto="http://exslt.org/crypto" extension-element-prefixes="math crypto"><xsl:template match="/"><out>
<xsl:for-each select="//i"><xsl:sort select="." data-type="number"/><n><xsl:value-of select=". div 7"/></n></xsl:for-each>
<xsl:value-of select="math:sqrt(2)"/> <xsl:value-of select="format-number(1234567.891,'#,##0.00')"/>
<xsl:value-of select="crypto:sha1('a')"/></out></xsl:template></xsl:stylesheet>
END
      echo '<r><i>3</i><i>10</i><i>2</i><i>1e3</i></r>' >d.xml; xsltproc d.xsl d.xml; xsltproc --version; xsltproc --nonet d.xsl nowhere.xml
      printf '%s\\n' '\\input texinfo' '@settitle A' '@node Top' '@top A' '@cindex x' 'A @code{long} paragraph with @emph{emphasis} and @math{x^2}.' '@printindex cp' '@bye' >d.texi
      TEXINFO_XS=required makeinfo d.texi; install-info --version
      printf '.TH A 1\\n.SH NAME\\na \\\\- b\\n.EQ\\nx sup 2\\n.EN\\n.TS\\nl l.\\na\\tb\\n.TE\\n' >e.1; groff -e -t -man -Tutf8 e.1; groff -e -t -man -Tps e.1 | grep -v Date
      head -3 e.1 >f.1; groff -man -Thtml f.1 | grep -v -i creat; groff --version | head -1; refer e.1; lookbib -v; grn --version; xtotroff -v`,
  },
  {
    title: 'manual pages',
    script: `
      mkdir -p m/man1; printf '.TH ALPHA 1\\n.SH NAME\\nalpha, beta \\\\- do \\303\\244\\n.SH DESCRIPTION\\nText.\\n' | gzip -n >m/man1/alpha.1.gz
      echo '.so man1/alpha.1' >m/man1/gamma.1; touch -d @1700000000 m/man1/*; export MANPATH=$PWD/m MANWIDTH=60; man -w alpha; man -P cat alpha; man -P cat gamma
      mandb -u m 2>&1 | sed 's/[0-9.]* sec.*//'; apropos -M m alpha; whatis -M m beta; lexgrog m/man1/*; man -K -M m Text -w; man nothere; echo $?; man --version
      cd m; /usr/libexec/man-db/zsoelim man1/gamma.1; /usr/libexec/man-db/manconv -f ISO-8859-1 -t UTF-8 <<<$'\\344'; rm -rf index.db cat*`,
  },
  {
    // A char has a sign on the host and none on the guest. The file is compared: GDBM's hash takes bytes as char.
    title: 'keys and words of all bytes',
    script: `
      printf 'all:;@echo $(sort ö z ä a \\344x zz) $(wildcard *)\\n' >x.mk; touch ö z ä a; make -f x.mk; rm ö z ä a
      perl -MGDBM_File -e 'tie my %h, "GDBM_File", "k.db", GDBM_NEWDB, 0644; $h{"k\\xe4$_"} = $_ for 1 .. 500; $h{"\\xff\\xfe"} = "x"; print keys(%h) + 0, $h{"\\xff\\xfe"}'`,
  },
  {
    title: 'users and groups by name',
    script: `
      id nobody; id -Gn man; getent passwd games; getent group staff; for base in hosts ahosts; do getent $base localhost; done; getent services http; getent protocols tcp
      getent initgroups man; getent nothing; touch f; chown games:staff f; stat -c '%U %G %u %g' f; ls -l --time-style=+ f; tar c --owner=man --group=mail --mtime=@0 f | tar tv
      find f -user games -group staff; install -o news -g uucp f g; stat -c '%U %G' g; su -s /bin/sh nobody -c 'id; umask'
      echo ~nobody ~games; perl -e 'print join ":", getpwnam "man"'; groups daemon; whoami; cd /; chgrp nosuchgroup tmp; rm -f $OLDPWD/[fg]`,
  },
  {
    title: 'fakeroot, both kinds',
    script: `
      for kind in fakeroot-sysv fakeroot-tcp; do
        $kind sh -c 'touch a; chown games:mail a; mknod b b 8 1; ls -l --time-style=+ a b; tar c --mtime=@0 a b | tar tv; stat -c %u:%g a; rm a b; id
          perl -e "open F, q(>c); chown 5, 7, q(c); print join q(:), (stat q(c))[4, 5]; unlink q(c)"; env | grep -i fake | sed s/[0-9]//g | sort'
        $kind -s saved sh -c 'touch a; chown 9:9 a'; $kind -i saved stat -c %u a; rm a saved
      done; faked-sysv --version; faked-tcp --help`,
  },
];
