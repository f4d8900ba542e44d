#!/bin/bash
# dispatch.sh ROOT [COUNT]: what the dispatcher adds to an exec of a trivial tool (target: at most 1.35 times).
#
# ROOT is an arm64 build root (it is only read); needs `npm run build`. The twin is a dynamic host program in the shape of
# a real one: its loader and libc are in /emul, found by DT_RPATH. Run it on a quiet machine.
set -euo pipefail
checkout=$(cd "$(dirname "$0")/../.." && pwd)
real=${1:?usage: dispatch.sh ROOT [COUNT]} count=${2:-200}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root"/{proc,usr/bin,usr/lib/aarch64-linux-gnu,emul/usr/{bin,lib},emul/lib64}
ln -s usr/bin "$root/bin"
ln -s usr/lib "$root/lib"
cp "$checkout/native/build/qemu-binfmt" "$root/usr/bin/qemu-aarch64-binfmt"
cp "$(command -v qemu-aarch64-static || command -v qemu-aarch64)" "$root/usr/bin/qemu-aarch64"
cp "$real/usr/bin/true" "$root/usr/bin/"
cp "$real"/usr/lib/aarch64-linux-gnu/{ld-linux-aarch64.so.1,libc.so.6} "$root/usr/lib/aarch64-linux-gnu/"
ln -s aarch64-linux-gnu/ld-linux-aarch64.so.1 "$root/usr/lib/"

loader=$(readlink -f /lib64/ld-linux-x86-64.so.2)
cp "$loader" "$root/emul/lib64/ld-linux-x86-64.so.2"
cp "$(dirname "$loader")/libc.so.6" "$root/emul/usr/lib/"
link=(-Wl,--dynamic-linker=/emul/lib64/ld-linux-x86-64.so.2 -Wl,--disable-new-dtags,-rpath,/emul/usr/lib)
echo 'int main(void) { return 0; }' | gcc -O2 -x c - "${link[@]}" -o "$root/emul/usr/bin/true"
gcc -O2 -static "$checkout/test/bench/exec-rate.c" -o "$root/exec-rate"

build_id=$(readelf -nW "$root/usr/bin/true" | sed -n 's/.*Build ID: //p')
size=$(stat --format=%s "$root/usr/bin/true")
node --input-type=module - "$checkout" "$root/emul/index" "$build_id" "$size" <<'JS'
import { writeFileSync } from 'node:fs';
const [checkout, file, buildId, size] = process.argv.slice(2);
const { encodeIndex } = await import(`${checkout}/dist/core/index-layout.js`);
const guest = { elfMachine: 183, elfClass: 64, endian: 'little' };
const key = { kind: 'build-id', buildId };
writeFileSync(file, encodeIndex(guest, [{ key, twin: '/emul/usr/bin/true', guestSizeBytes: Number(size) }]));
JS

touch -d @315532800 "$root/emul/usr/lib"

measure() { "$checkout/test/support/binfmt-ns.sh" "$root" "$1" "$2" /exec-rate "$count" 15 /emul/usr/bin/true /usr/bin/true; }
for how in "/usr/bin/qemu-aarch64-binfmt PO" "$root/usr/bin/qemu-aarch64-binfmt POF"; do
  read -r interpreter flags <<<"$how"
  measure "$interpreter" "$flags" | awk -v flags="$flags" '
    { us[NR] = $2 }
    END { printf "flags %-3s  twin %.0f us, dispatched %.0f us: %.2f times\n", flags, us[1], us[2], us[2] / us[1] }'
done
