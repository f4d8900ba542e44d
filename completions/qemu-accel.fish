# Generated from the command records in src/cli: npm run generate
complete -c qemu-accel -f
complete -c qemu-accel -n __fish_use_subcommand -a bootstrap -d 'make a build root, accelerated from its first maintainer script on'
complete -c qemu-accel -n '__fish_seen_subcommand_from bootstrap' -F
complete -c qemu-accel -n '__fish_seen_subcommand_from bootstrap' -l pack -d 'the tools to accelerate (default: system,base,toolchain,perl,python,packaging,build,clang)' -r -f -a 'base build clang packaging perl python short-times system toolchain'
complete -c qemu-accel -n '__fish_seen_subcommand_from bootstrap' -l donor -d 'where twins come from: apt (the default), dir:PATH with .deb files, or root:PATH with an unpacked system' -r -f
complete -c qemu-accel -n '__fish_seen_subcommand_from bootstrap' -l variant -d 'which packages, mmdebstrap(1) has the names (default: buildd)' -r -f
complete -c qemu-accel -n '__fish_seen_subcommand_from bootstrap' -l include -d 'more packages' -r -f
complete -c qemu-accel -n '__fish_seen_subcommand_from bootstrap' -l emulated -d 'without acceleration: a plain root, made under emulation'
complete -c qemu-accel -n __fish_use_subcommand -a install -d 'accelerate a build root'
complete -c qemu-accel -n '__fish_seen_subcommand_from install' -F
complete -c qemu-accel -n '__fish_seen_subcommand_from install' -l pack -d 'the tools to accelerate (default: system,base,toolchain,perl,python,packaging,build,clang)' -r -f -a 'base build clang packaging perl python short-times system toolchain'
complete -c qemu-accel -n '__fish_seen_subcommand_from install' -l donor -d 'where twins come from: apt (the default), dir:PATH with .deb files, or root:PATH with an unpacked system' -r -f
complete -c qemu-accel -n '__fish_seen_subcommand_from install' -l dry-run -d 'say what would be accelerated and change nothing'
complete -c qemu-accel -n '__fish_seen_subcommand_from install' -l json -d 'print the result as JSON'
complete -c qemu-accel -n __fish_use_subcommand -a refresh -d 'bring the emul tree up to date after packages have changed'
complete -c qemu-accel -n '__fish_seen_subcommand_from refresh' -F
complete -c qemu-accel -n '__fish_seen_subcommand_from refresh' -l json -d 'print the result as JSON'
complete -c qemu-accel -n __fish_use_subcommand -a remove -d 'leave the build root as it was before install'
complete -c qemu-accel -n '__fish_seen_subcommand_from remove' -F
complete -c qemu-accel -n __fish_use_subcommand -a run -d 'run a command in the build root'
complete -c qemu-accel -n '__fish_seen_subcommand_from run' -F
complete -c qemu-accel -n '__fish_seen_subcommand_from run' -l emulated -d 'without acceleration: everything runs under qemu'
complete -c qemu-accel -n '__fish_seen_subcommand_from run' -l trace -d 'write one line per started program: how it ran, and why' -r -F
complete -c qemu-accel -n '__fish_seen_subcommand_from run' -l bind -d 'show the host’s SRC as DST inside; may be given several times' -r -F
complete -c qemu-accel -n '__fish_seen_subcommand_from run' -l user -d 'run as this user of the build root (default: root)' -r -f
complete -c qemu-accel -n '__fish_seen_subcommand_from run' -l chdir -d 'start in this directory of the build root (default: /)' -r -f
complete -c qemu-accel -n '__fish_seen_subcommand_from run' -l env -d 'set a variable; the environment is that of a fresh login' -r -f
complete -c qemu-accel -n '__fish_seen_subcommand_from run' -l network -d 'host (the default) or none' -r -f -a 'host none'
complete -c qemu-accel -n __fish_use_subcommand -a list -d 'list what is accelerated and what is not'
complete -c qemu-accel -n '__fish_seen_subcommand_from list' -F
complete -c qemu-accel -n '__fish_seen_subcommand_from list' -l json -d 'print the result as JSON'
complete -c qemu-accel -n __fish_use_subcommand -a explain -d 'say how a command runs, and why'
complete -c qemu-accel -n '__fish_seen_subcommand_from explain' -F
complete -c qemu-accel -n '__fish_seen_subcommand_from explain' -l json -d 'print the result as JSON'
complete -c qemu-accel -n __fish_use_subcommand -a verify -d 'ask twins and emulated programs the same, and compare'
complete -c qemu-accel -n '__fish_seen_subcommand_from verify' -F
complete -c qemu-accel -n '__fish_seen_subcommand_from verify' -l input -d 'standard input of both runs (default: empty)' -r -F
complete -c qemu-accel -n '__fish_seen_subcommand_from verify' -l bind -d 'show the host’s SRC as DST to both, read-only; DST must exist in the root' -r -F
complete -c qemu-accel -n '__fish_seen_subcommand_from verify' -l user -d 'run as this user of the build root (default: root)' -r -f
complete -c qemu-accel -n '__fish_seen_subcommand_from verify' -l chdir -d 'start in this directory of the build root (default: /)' -r -f
complete -c qemu-accel -n '__fish_seen_subcommand_from verify' -l env -d 'set a variable; the environment is that of a fresh login' -r -f
complete -c qemu-accel -n '__fish_seen_subcommand_from verify' -l fresh -d 'without a command: ask the emulated programs again, and not the cache'
complete -c qemu-accel -n '__fish_seen_subcommand_from verify' -l only -d 'without a command: only questions that begin so, e.g. /usr/bin/sed or perl' -r -f
complete -c qemu-accel -n '__fish_seen_subcommand_from verify' -l json -d 'print the result as JSON'
complete -c qemu-accel -n __fish_use_subcommand -a audit -d 'check that the emul tree is complete and gives nothing away'
complete -c qemu-accel -n '__fish_seen_subcommand_from audit' -F
complete -c qemu-accel -n '__fish_seen_subcommand_from audit' -l json -d 'print the result as JSON'
complete -c qemu-accel -n __fish_use_subcommand -a pack -d 'make installable packages of a build root’s twins'
complete -c qemu-accel -n '__fish_seen_subcommand_from pack' -F
complete -c qemu-accel -n '__fish_seen_subcommand_from pack' -l format -d 'rpm, deb, tar, or oci (an image layout)' -r -f -a 'rpm deb tar oci'
complete -c qemu-accel -n '__fish_seen_subcommand_from pack' -s o -l out -d 'where to write them' -r -F
complete -c qemu-accel -n '__fish_seen_subcommand_from pack' -l pack -d 'the tools to accelerate (default: system,base,toolchain,perl,python,packaging,build,clang)' -r -f -a 'base build clang packaging perl python short-times system toolchain'
complete -c qemu-accel -n '__fish_seen_subcommand_from pack' -l donor -d 'where twins come from: apt (the default), dir:PATH with .deb files, or root:PATH with an unpacked system' -r -f
complete -c qemu-accel -n '__fish_seen_subcommand_from pack' -l suite -d 'without a build root: of packages of this release of the distribution' -r -f
complete -c qemu-accel -n '__fish_seen_subcommand_from pack' -l variant -d 'with --suite: which packages, as for bootstrap (default: buildd)' -r -f
complete -c qemu-accel -n '__fish_seen_subcommand_from pack' -l include -d 'with --suite: more packages' -r -f
complete -c qemu-accel -n '__fish_seen_subcommand_from pack' -l release -d 'release number of the packages (default: 1)' -r -f
complete -c qemu-accel -n '__fish_seen_subcommand_from pack' -l rpm-arch -d 'architecture of rpm packages: armv7hl (the default) or armv7l' -r -f
complete -c qemu-accel -n '__fish_seen_subcommand_from pack' -l json -d 'print the result as JSON'
complete -c qemu-accel -n __fish_use_subcommand -a binfmt -d 'show or change what this machine starts for guest programs'
complete -c qemu-accel -n '__fish_seen_subcommand_from binfmt' -f -a 'status register unregister clear disable-defaults restore arm64 armhf armel riscv64 ppc64el s390x aarch64_be armeb alpha hexagon hppa loong64 m68k microblaze microblazeel mips mipsel mipsn32 mipsn32el mips64 mips64el or1k powerpc ppc64 riscv32 sh4 sh4eb sparc sparc32plus sparc64 xtensa xtensaeb'
complete -c qemu-accel -n '__fish_seen_subcommand_from binfmt' -l json -d 'print the result as JSON'
complete -c qemu-accel -n '__fish_seen_subcommand_from binfmt' -l dry-run -d 'show what would be done, and do nothing'
complete -c qemu-accel -n '__fish_seen_subcommand_from binfmt' -l persistent -d 'register: also whenever the machine starts (a file in /etc/binfmt.d)'
complete -c qemu-accel -n '__fish_seen_subcommand_from binfmt' -l replace -d 'register: in place of an entry of somebody else that has our name'
complete -c qemu-accel -n '__fish_seen_subcommand_from binfmt' -l credentials -d 'register: with flag C, so that setuid guest programs gain rights on this machine; only for build roots that you trust'
complete -c qemu-accel -n '__fish_seen_subcommand_from binfmt' -l only-qemu -d 'clear: the entries that are named qemu-*'
complete -c qemu-accel -n '__fish_seen_subcommand_from binfmt' -l all -d 'clear: every entry, also those of java, python, ...'
complete -c qemu-accel -n __fish_use_subcommand -a doctor -d 'find out what is wrong, and how to mend it'
complete -c qemu-accel -n '__fish_seen_subcommand_from doctor' -F
complete -c qemu-accel -n '__fish_seen_subcommand_from doctor' -l log -d 'say why the build with this log failed; - for stdin; may be packed with gzip' -r -F
complete -c qemu-accel -n '__fish_seen_subcommand_from doctor' -l fix -d 'mend what can be mended'
complete -c qemu-accel -n '__fish_seen_subcommand_from doctor' -l yes -d 'with --fix: agree to every repair'
complete -c qemu-accel -n '__fish_seen_subcommand_from doctor' -l json -d 'print the result as JSON'
