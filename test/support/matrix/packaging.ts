/** Questions to dpkg, apt and rpm, and packages that they build. */
import type { Snippet } from '../two-sides.ts';

const SPEC = `%global debug_package %{nil}
Name: answer
Version: 1.0
Release: 1
Summary: An answer
License: MIT
Source0: answer.c
%description
Prints an answer.
%package devel
Summary: More of it
Requires: %{name}%{?_isa} = %{version}
%description devel
More.
%prep
%setup -c -T
cp %{SOURCE0} .
%build
%__cc %{optflags} -g -o answer answer.c -lm
echo '%_arch %_target_cpu %_host %_libdir' > about
%install
install -D answer %{buildroot}%{_bindir}/answer
install -D -m 644 about %{buildroot}%{_datadir}/answer/about
ln -s answer %{buildroot}%{_bindir}/reply
%post
echo %{_arch}
%files
%{_bindir}/*
%files devel
%attr(600,daemon,games) %{_datadir}/answer/about
%changelog
* Tue Nov 14 2023 A Person <a@example.org> - 1.0-1
- First
`;

/**
 * The packages stay for the comparison, byte by byte; the tags say what differs if they do. The log is sorted, since rpmbuild writes
 * packages in parallel, and says so in the order in which they happen to be done.
 */
const RPMBUILD = `
  export SOURCE_DATE_EPOCH=1700000000; mkdir -p rpm/SOURCES rpm/SPECS
  cat >rpm/SOURCES/answer.c <<'END'
#include <stdio.h>
#include <math.h>
int main(int argc, char **argv) { printf("%g\\n", sqrt(42.0 * argc)); return argv == 0; }
END
  cat >rpm/SPECS/answer.spec <<'END'
${SPEC}END
  rpmbuild -ba --define "_topdir $PWD/rpm" --define '_buildhost builder' --define 'use_source_date_epoch_as_buildtime 1' \
    --define 'build_mtime_policy clamp_to_source_date_epoch' rpm/SPECS/answer.spec >log 2>&1; echo $?
  gcc -g -o debugged rpm/SOURCES/answer.c -lm; debugedit -b $PWD -d /usr/src/debug -i -l sources debugged
  sed -i 's/rpm-tmp\\.[A-Za-z0-9]*/rpm-tmp.X/' log; sort -o log log; rm -rf rpm/BUILD rpm/BUILDROOT
  query=$(rpm --querytags | sort -u | sed 's/.*/&: [%{&} ]\\\\n/' | tr -d '\\n')
  packages=$(ls rpm/SRPMS/*.rpm rpm/RPMS/*/*.rpm); rpm -qp --qf "$query" $packages; rpm -qp --requires --provides --scripts -lv $packages
  rpm -K -v $packages; rpm2archive -n $packages >/dev/null; for package in $packages; do rpm2cpio $package | cpio -itv --quiet; done
  find rpm -name '*.tar' | sort | xargs -n 1 tar tvf; rpmspec -q --rpms rpm/SPECS/answer.spec; rpmspec -P rpm/SPECS/answer.spec
  mkdir -p to; rpm --root $PWD/to -U --nodeps --noscripts rpm/RPMS/*/answer-1.0*.rpm; rpm --root $PWD/to -qa; rpm --root $PWD/to -V answer
  rpm --root $PWD/to -e --noscripts answer; find to -not -path '*/var/*' | sort; rm -rf to`;

export const PACKAGING: readonly Snippet[] = [
  {
    title: 'whose architecture dpkg and apt act for',
    script: `
      dpkg --print-architecture; dpkg --print-foreign-architectures; dpkg-architecture; dpkg-architecture -q DEB_HOST_MULTIARCH
      apt-config dump APT | sort; apt-get --version; apt-get indextargets --format '$(ARCHITECTURE) $(URI)'; apt-cache policy dpkg
      apt-get install -s sed; apt-mark showmanual | sort; for tool in deb query divert split trigger statoverride; do dpkg-$tool --version; done
      dpkg --print-avail dpkg; dpkg-query -W -f '\${Package}:\${Architecture} \${Version} \${db:Status-Abbrev}\\n'; dpkg -S /usr/bin/dpkg; dpkg -V sed
      update-alternatives --display awk; update-alternatives --query cc; dpkg-divert --list; dpkg-trigger --check-supported; dpkg --audit`,
  },
  {
    title: 'a package that dpkg builds, takes in and removes',
    script: `
      export SOURCE_DATE_EPOCH=1700000000; mkdir -p p/DEBIAN p/usr/bin; cp /usr/bin/true p/usr/bin/answer; ln -s answer p/usr/bin/reply
      printf 'Package: answer\\nVersion: 1.0\\nArchitecture: %s\\nMaintainer: a <a@example.org>\\nDescription: x\\n' $(dpkg --print-architecture) >p/DEBIAN/control
      echo 'echo "$0" "$@" | sed s/.*answer/answer/' >p/DEBIAN/postinst; sed -i '1i #!/bin/sh' p/DEBIAN/postinst; chmod 755 p/DEBIAN/postinst
      for z in xz zstd gzip none; do dpkg-deb --root-owner-group -Z$z -b p $z.deb; dpkg-deb -c $z.deb; done; dpkg-deb -I xz.deb; dpkg-deb -f xz.deb; dpkg-deb -x xz.deb x
      mkdir -p to/var/lib/dpkg to/etc; touch to/var/lib/dpkg/status; admin="--root=$PWD/to --force-script-chrootless --log=/dev/null"
      dpkg $admin -i xz.deb; dpkg $admin -l | cat; dpkg $admin -V answer; dpkg $admin -r answer; find to -not -path '*/info*' | sort; rm -rf to
      dpkg-split -s zstd.deb part; dpkg-split -j -o joined.deb part*; cmp joined.deb zstd.deb
      sed 's/^Architecture.*/Architecture: amd64/' -i p/DEBIAN/control; dpkg-deb -b p other.deb; dpkg --dry-run -i other.deb 2>&1 | sed 's/process.*//'`,
  },
  {
    title: 'whose architecture rpm acts for',
    script: `
      rpm --eval '%_arch %_target_cpu %_host %_host_cpu %_build %_target_platform %_os %_libdir %_isa %__isa_bits %optflags %_build_arch'
      rpm --showrc; rpmbuild --showrc | md5sum; for tool in rpm rpmkeys rpmdb rpmspec rpmsign rpmgraph; do $tool --version; done; rpm --help
      rpm --eval '%{lua: print(rpm.expand("%_arch"), posix.uname("%m"))}'; rpmlua -e 'print(math.pi, 2^53, 1e15/7)'; rpmsort <<<$'1.10\\n1.9'
      rpm --target armv7hl --eval '%_target_cpu'; rpm --target riscv64 --eval '%_target_cpu %_arch'; rpm --target x86_64 --eval '%_isa'
      rpmdb --initdb --dbpath $PWD/db; rpm --dbpath $PWD/db -qa; rpm --dbpath $PWD/db -q nothing; echo $?; ls db; rm -r db; rpm -K /nowhere
      /usr/lib/rpm/elfdeps --provides /usr/bin/ls; /usr/lib/rpm/elfdeps --requires /usr/bin/ls; echo /usr/bin/ls | /usr/lib/rpm/rpmdeps --requires`,
  },
  {
    title: 'a package that rpmbuild builds',
    script: RPMBUILD,
    exempt: { lines: /^(total |drwx)/, why: 'a directory made by the snippet has the time of the snippet' },
  },
];
