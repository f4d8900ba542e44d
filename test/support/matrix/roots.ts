/** Libraries put before others, privileges, and roots within the root. */
import type { Snippet } from '../two-sides.ts';

const probe = '/tmp/lib/guest-probe';

export const ROOTS: readonly Snippet[] = [
  {
    title: 'LD_PRELOAD of a guest library',
    script: `
      export LD_PRELOAD=/tmp/lib/guest-preload.so; uname -m; uname -r | tr -d 0-9; bash -c 'uname -m; echo $LD_PRELOAD'; ${probe} argv
      LD_PRELOAD= uname -m; env -u LD_PRELOAD uname -m; LD_PRELOAD=guest-preload.so LD_LIBRARY_PATH=/tmp/lib uname -m
      cd /tmp/lib; LD_PRELOAD=./guest-preload.so uname -m; LD_PRELOAD="/nowhere.so $LD_PRELOAD" uname -m 2>&1
      LD_PRELOAD=/nowhere.so uname -m; LD_PRELOAD=libm.so.6 uname -m; echo 'int x;' | gcc -c -x c - -o /dev/null; env | sort
    `,
  },
  {
    title: 'LD_LIBRARY_PATH with guest libraries',
    script: `
      export LD_LIBRARY_PATH=/usr/lib/aarch64-linux-gnu:/lib; ls -d /; sed --version | head -1; gcc -dumpmachine; env | grep LD_
      cp /usr/lib/aarch64-linux-gnu/libselinux.so.1 .; LD_LIBRARY_PATH=$PWD ls -d /; LD_LIBRARY_PATH=:$PWD:. ${probe} argv
      cd /usr/lib/aarch64-linux-gnu; LD_LIBRARY_PATH=. ls -d /
    `,
  },
  {
    title: 'questions to the loader',
    script: `
      ldd /usr/bin/ls | sed 's/ (0x.*//'; ldd /usr/bin/bash ${probe} | sed 's/ (0x.*//'; ldd /usr/bin/qemu-aarch64
      LD_TRACE_LOADED_OBJECTS=1 /usr/bin/sed | sed 's/ (0x.*//'; LD_TRACE_LOADED_OBJECTS=1 ${probe} | sed 's/ (0x.*//'
      LD_SHOW_AUXV=1 /usr/bin/true | grep -a -e PLATFORM -e EXECFN; LD_DEBUG=libs /usr/bin/true 2>&1 | grep -a 'find library'  | sed 's/ *[0-9]*://'
      LD_BIND_NOW=1 ls -d /; /lib/ld-linux-aarch64.so.1 /usr/bin/uname -m; /lib/ld-linux-aarch64.so.1 --list /usr/bin/ls | sed 's/ (0x.*//'
    `,
  },
  {
    title: 'setuid and setgid tools',
    script: `
      cp /usr/bin/id user-id; cp /usr/bin/id group-id; cp /usr/bin/dash shell; chmod 4755 user-id shell; chmod 2755 group-id
      for program in user-id group-id; do ./$program; setpriv --reuid=65534 --regid=65534 --clear-groups ./$program; done
      setpriv --reuid=65534 --regid=65534 --clear-groups ./shell -c 'id -u; id -ru; uname -m'
      setpriv --reuid=65534 --regid=65534 --clear-groups id; chroot --userspec=1:2 / id -un; su -s /bin/sh nobody -c 'id -un; uname -m'
    `,
  },
  {
    title: 'a root without /proc',
    script: `
      unshare --mount sh -c 'umount -l /proc; ls -A /proc; uname -m; cd /usr/bin; ./sed --version | head -1; readlink /proc/self/exe
        gcc -dumpmachine; echo "int main(void) { return 3; }" >/tmp/scratch/no-proc-$PPID.c; cd /tmp/scratch
        gcc no-proc-$PPID.c -o no-proc-$PPID; ./no-proc-$PPID; echo $?; rm no-proc-$PPID*; bash -c "echo \\$MACHTYPE"; ldd /bin/ls
        ${probe} argv; ${probe} state | grep -e umask -e directory; ${probe} fexec-keep /usr/bin/uname -m; ls /proc/self/fd'
    `,
  },
  {
    title: 'a root in the root, without /emul, qemu and /proc',
    script: `
      chroot /tmp/lib/inner /bin/sh -c 'uname -m; ls /; readlink /proc/self/exe; cd /usr/bin; ./env A=1 sh -c "echo \\$A \\$0"; exit 7'; echo $?
      chroot /tmp/lib/inner bash -c 'echo $MACHTYPE; cat <<<text; exec -a name uname -p'; chroot /tmp/lib/inner /nowhere; echo $?
      chroot --userspec=65534:65534 /tmp/lib/inner id -u; echo 'uname -m' | chroot /tmp/lib/inner
    `,
  },
  {
    title: 'a root in the root with /proc',
    script: `
      unshare --mount sh -c 'mount --rbind /proc /tmp/lib/inner/proc; chroot /tmp/lib/inner /bin/bash -c "readlink /proc/self/exe; uname -m; ls /proc/self/fd; cat /proc/self/cmdline | tr \\\\\\\\0 \\" \\""'
    `,
  },
  {
    title: 'a root in the root with a tree of its own',
    script: `
      unshare --mount sh -c 'mkdir -p /tmp/inner; mount --rbind / /tmp/inner; chroot /tmp/inner sh -c "uname -m; gcc --version | head -1
        readlink /proc/self/exe; cd /usr/bin; ./sed --version | head -1; readlink -f /proc/self/root"'
      unshare --mount sh -c 'mkdir -p /tmp/lib/inner/emul; mount --bind /emul /tmp/lib/inner/emul
        chroot /tmp/lib/inner bash -c "uname -m; echo \\$MACHTYPE; readlink /proc/self/exe; ls -d /usr; ls /emul | wc -l"'
    `,
  },
];
