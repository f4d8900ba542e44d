#!/bin/bash
# binfmt-ns.sh ROOT INTERPRETER FLAGS COMMAND...
#
# Runs COMMAND in ROOT with arm64 binaries given to INTERPRETER: a user, mount and pid namespace of its own, so that
# binfmt_misc is private (Linux 6.7) and nothing outlives the command. WITHOUT_PROC=1 leaves ROOT without /proc.
#
# Root gets all of its ids in the namespace, so that setuid means something; anybody else is root alone.
set -euo pipefail
root=$1 interpreter=$2 flags=$3
shift 3

inside='
  root=$0 interpreter=$1 flags=$2
  shift 2
  magic="\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
  mask="\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
  mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc || exit 99
  printf %s ":arm64:M::$magic:$mask:$interpreter:$flags" >/proc/sys/fs/binfmt_misc/register || exit 99
  [ -n "${WITHOUT_PROC-}" ] || mount -t proc proc "$root/proc" || exit 99
  exec chroot "$root" "$@"'
enter=(unshare --mount --pid --fork --kill-child --mount-proc bash -c "$inside" "$root" "$interpreter" "$flags" "$@")

if ((EUID != 0)); then
  exec unshare --user --map-root-user "${enter[@]}"
fi
# A process cannot write its own full map: it waits until its map is there, and we write it as soon as it has unshared.
# A caller that gives up kills only us: the kernel then ends the rest. (Asked for any earlier, it would forget: an exec that
# gains capabilities, as the first one after the map does, clears it.)
unshare --user bash -c 'until read -r _ </proc/self/uid_map; do sleep 0.01; done; exec setpriv --pdeathsig KILL "$@"' bash "${enter[@]}" <&0 &
child=$!
until [[ $(readlink "/proc/$child/ns/user") != "$(readlink /proc/self/ns/user)" ]]; do sleep 0.01; done
echo '0 0 4294967295' >"/proc/$child/gid_map"
echo '0 0 4294967295' >"/proc/$child/uid_map"
wait "$child"
