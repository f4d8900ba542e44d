/**
 * Host paths and guest paths look alike and mean different files: `/usr/bin/gcc` of the build root is not the machine's
 * own. They are distinct types, so that handing one where the other belongs does not compile.
 */
import { posix } from 'node:path';

declare const hostBrand: unique symbol;
declare const guestBrand: unique symbol;

/** A path as this process sees it. */
export type HostPath = string & { readonly [hostBrand]: true };
/** An absolute path as a process inside the build root sees it. */
export type GuestPath = string & { readonly [guestBrand]: true };

export function hostPath(path: string): HostPath {
  return posix.resolve(path) as HostPath;
}

export function guestPath(path: string): GuestPath {
  return posix.resolve('/', path) as GuestPath;
}

export function joinHost(base: HostPath, ...parts: readonly string[]): HostPath {
  return posix.join(base, ...parts) as HostPath;
}

export function joinGuest(base: GuestPath, ...parts: readonly string[]): GuestPath {
  return posix.join(base, ...parts) as GuestPath;
}

/**
 * Where a guest path lies on the host, by name only. Symbolic links inside the root are not followed here: an absolute
 * link would be followed into the host's own tree. `adapters/buildroot/resolve.ts` follows them.
 */
export function inRoot(root: HostPath, path: GuestPath): HostPath {
  return posix.join(root, path) as HostPath;
}
