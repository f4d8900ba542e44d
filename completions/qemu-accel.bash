# Generated from the command records in src/cli: npm run generate
_qemu_accel() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W 'bootstrap install refresh remove run list explain verify audit pack binfmt doctor help' -- "$word")
    return
  fi
  case ${COMP_WORDS[1]} in
    bootstrap)
      case $previous in
      --pack) mapfile -t COMPREPLY < <(compgen -W 'base build clang packaging perl python short-times system toolchain' -- "$word") ;;
      --donor) : ;;
      --variant) : ;;
      --include) : ;;
      *) if [[ $word == -* ]]; then mapfile -t COMPREPLY < <(compgen -W '--pack --donor --variant --include --emulated' -- "$word")
        else mapfile -t COMPREPLY < <(compgen -f -- "$word"); fi ;;
      esac ;;
    install)
      case $previous in
      --pack) mapfile -t COMPREPLY < <(compgen -W 'base build clang packaging perl python short-times system toolchain' -- "$word") ;;
      --donor) : ;;
      *) if [[ $word == -* ]]; then mapfile -t COMPREPLY < <(compgen -W '--pack --donor --dry-run --json' -- "$word")
        else mapfile -t COMPREPLY < <(compgen -f -- "$word"); fi ;;
      esac ;;
    refresh)
      case $previous in
      *) if [[ $word == -* ]]; then mapfile -t COMPREPLY < <(compgen -W '--json' -- "$word")
        else mapfile -t COMPREPLY < <(compgen -f -- "$word"); fi ;;
      esac ;;
    remove)
      case $previous in
      *) if [[ $word == -* ]]; then mapfile -t COMPREPLY < <(compgen -W '' -- "$word")
        else mapfile -t COMPREPLY < <(compgen -f -- "$word"); fi ;;
      esac ;;
    run)
      case $previous in
      --trace) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
      --bind) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
      --user) : ;;
      --chdir) : ;;
      --env) : ;;
      --network) mapfile -t COMPREPLY < <(compgen -W 'host none' -- "$word") ;;
      *) if [[ $word == -* ]]; then mapfile -t COMPREPLY < <(compgen -W '--emulated --trace --bind --user --chdir --env --network' -- "$word")
        else mapfile -t COMPREPLY < <(compgen -f -- "$word"); fi ;;
      esac ;;
    list)
      case $previous in
      *) if [[ $word == -* ]]; then mapfile -t COMPREPLY < <(compgen -W '--json' -- "$word")
        else mapfile -t COMPREPLY < <(compgen -f -- "$word"); fi ;;
      esac ;;
    explain)
      case $previous in
      *) if [[ $word == -* ]]; then mapfile -t COMPREPLY < <(compgen -W '--json' -- "$word")
        else mapfile -t COMPREPLY < <(compgen -f -- "$word"); fi ;;
      esac ;;
    verify)
      case $previous in
      --input) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
      --bind) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
      --user) : ;;
      --chdir) : ;;
      --env) : ;;
      --only) : ;;
      *) if [[ $word == -* ]]; then mapfile -t COMPREPLY < <(compgen -W '--input --bind --user --chdir --env --fresh --only --json' -- "$word")
        else mapfile -t COMPREPLY < <(compgen -f -- "$word"); fi ;;
      esac ;;
    audit)
      case $previous in
      *) if [[ $word == -* ]]; then mapfile -t COMPREPLY < <(compgen -W '--json' -- "$word")
        else mapfile -t COMPREPLY < <(compgen -f -- "$word"); fi ;;
      esac ;;
    pack)
      case $previous in
      --format) mapfile -t COMPREPLY < <(compgen -W 'rpm deb tar oci' -- "$word") ;;
      -o | --out) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
      --pack) mapfile -t COMPREPLY < <(compgen -W 'base build clang packaging perl python short-times system toolchain' -- "$word") ;;
      --donor) : ;;
      --suite) : ;;
      --variant) : ;;
      --include) : ;;
      --release) : ;;
      --rpm-arch) : ;;
      *) if [[ $word == -* ]]; then mapfile -t COMPREPLY < <(compgen -W '--format -o --out --pack --donor --suite --variant --include --release --rpm-arch --json' -- "$word")
        else mapfile -t COMPREPLY < <(compgen -f -- "$word"); fi ;;
      esac ;;
    binfmt)
      case $previous in
      *) if [[ $word == -* ]]; then mapfile -t COMPREPLY < <(compgen -W '--json --dry-run --persistent --replace --credentials --only-qemu --all' -- "$word")
        else mapfile -t COMPREPLY < <(compgen -W 'status register unregister clear disable-defaults restore arm64 armhf armel riscv64 ppc64el s390x aarch64_be armeb alpha hexagon hppa loong64 m68k microblaze microblazeel mips mipsel mipsn32 mipsn32el mips64 mips64el or1k powerpc ppc64 riscv32 sh4 sh4eb sparc sparc32plus sparc64 xtensa xtensaeb' -- "$word"); fi ;;
      esac ;;
    doctor)
      case $previous in
      --log) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
      *) if [[ $word == -* ]]; then mapfile -t COMPREPLY < <(compgen -W '--log --fix --yes --json' -- "$word")
        else mapfile -t COMPREPLY < <(compgen -f -- "$word"); fi ;;
      esac ;;
  esac
}
complete -o filenames -F _qemu_accel qemu-accel
