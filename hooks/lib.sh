# For the hooks beside this file: qemu_accel ARGUMENTS... calls the qemu-accel that they belong to.
#
# In the user namespace of an ordinary user (mmdebstrap and sbuild in their mode `unshare`) root is a subordinate id: it may
# use neither that user's home nor root's, so it gets one of its own, which must be nobody else's.

program=$(dirname "$(readlink -f "$0")")/../../bin/qemu-accel

own_home() {
  # "inside outside count": the id that root is outside of the namespace.
  read -r _ outside _ </proc/self/uid_map
  [ "$outside" != 0 ] || return 0
  HOME=${TMPDIR:-/var/tmp}/qemu-accel-$outside
  mkdir -p -m 700 "$HOME"
  [ -O "$HOME" ] && [ ! -L "$HOME" ] || {
    echo "error: $HOME is somebody else's" >&2
    return 1
  }
  export HOME
  unset XDG_CACHE_HOME XDG_CONFIG_HOME
}

qemu_accel() {
  own_home && "$program" "$@"
}
