/**
 * What our installable packages are called. Build descriptions that were written for the original ask for names such as
 * `python-accel-armv7l-cross-arm`; they must resolve, whatever the package itself is called.
 */
import type { Arch } from './arch.ts';

/** The family that every other one needs: emulator, dispatcher, index, shim. */
export const MAIN_FAMILY = 'qemu-accel';
/** Libraries that several families need and the main one does not. */
export const SHARED_FAMILY = 'libraries-accel';

export interface PackageNames {
  readonly name: string;
  readonly provides: readonly string[];
}

/** @param rpmArch the architecture field of the package. */
export function rpmNames(family: string, arch: Arch, rpmArch: string): PackageNames {
  const name = `${family}-${rpmArch}`;
  const machines = [rpmArch, ...arch.rpm.filter((other) => other !== rpmArch)];
  const provides = machines.flatMap((machine) => [
    `${family}-${machine}`,
    ...(family === MAIN_FAMILY ? [`${family}-x86_64-${machine}`] : []),
    `${family}-${machine}-cross-${arch.cpu}`,
  ]);
  return { name, provides: provides.filter((provided) => provided !== name) };
}

export function debNames(family: string, arch: Arch): PackageNames {
  const name = `${family}-${arch.name}`;
  const others = arch.rpm.map((machine) => `${family}-${machine}`);
  return { name, provides: others.filter((provided) => provided !== name) };
}

/** What a package provides that answers to the names of others as well. */
export function provided(own: PackageNames, others: readonly PackageNames[]): string[] {
  return [...own.provides, ...others.flatMap(({ name, provides }) => [name, ...provides])];
}
