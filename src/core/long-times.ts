/** 64-bit times of a 32-bit guest: what a library of it computes with, the program that is linked with it does, too. */
import type { GuestBinary } from './model.ts';

/** The same binaries, with `hasLongTimes` also where a library has it that DT_NEEDED leads to (perl's program and libperl). */
export function spreadLongTimes(binaries: readonly GuestBinary[]): readonly GuestBinary[] {
  if (!binaries.some(({ hasLongTimes }) => hasLongTimes)) return binaries;
  const bySoname = new Map(
    binaries.flatMap((binary) => (binary.soname === undefined ? [] : [[binary.soname, binary]])),
  );
  const found = new Map<GuestBinary, boolean>();
  const isLong = (binary: GuestBinary): boolean => {
    const known = found.get(binary);
    if (known !== undefined) return known;
    // Until it is known: libraries may need each other.
    found.set(binary, binary.hasLongTimes === true);
    const libraries = binary.needed.map((soname) => bySoname.get(soname)).filter((library) => library !== undefined);
    const result = binary.hasLongTimes === true || libraries.some(isLong);
    found.set(binary, result);
    return result;
  };
  return binaries.map((binary) => (isLong(binary) ? { ...binary, hasLongTimes: true } : binary));
}
