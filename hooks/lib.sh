# For the hooks beside this file: qemu_accel ARGUMENTS... calls the qemu-accel that they belong to.
#
# In the user namespace of an ordinary user (mmdebstrap and sbuild in their mode `unshare`) root is a subordinate id: it may
# write neither to that user's home nor to root's, so its cache is a directory of its own, which must be nobody else's.

program=$(dirname "$(readlink -f "$0")")/../../bin/qemu-accel

own_cache() {
  # "inside outside count": the id that root is outside of the namespace.
  read -r _ outside _ </proc/self/uid_map
  [ "$outside" != 0 ] || return 0
  QEMU_ACCEL_CACHE=/var/tmp/qemu-accel-cache-$outside
  mkdir -p -m 700 "$QEMU_ACCEL_CACHE"
  [ -O "$QEMU_ACCEL_CACHE" ] && [ ! -L "$QEMU_ACCEL_CACHE" ] || {
    echo "error: $QEMU_ACCEL_CACHE is somebody else's; set QEMU_ACCEL_CACHE to a directory of yours" >&2
    return 1
  }
  export QEMU_ACCEL_CACHE
}

qemu_accel() {
  [ -n "${QEMU_ACCEL_CACHE-}" ] || own_cache
  "$program" "$@"
}
