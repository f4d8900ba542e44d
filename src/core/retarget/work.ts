/** What the steps of one retargeting share. */
import type { Elf } from '../elf/read.ts';
import type { StringPair } from '../model.ts';
import type { NewSegment } from './patch.ts';
import type { RetargetRules } from './rules.ts';
import type { DataSection } from './strings.ts';

export interface Workpiece {
  readonly donor: Elf;
  readonly guest: Elf;
  readonly donorData: readonly DataSection[];
  readonly guestData: readonly DataSection[];
  readonly rules: RetargetRules;
  /** The twin in the making: a copy of the donor's file, changed in place. */
  readonly bytes: Buffer;
  readonly segment: NewSegment;
  readonly pairs: StringPair[];
  /** File offsets of references that an earlier step has written: later steps leave them alone. */
  readonly done: Set<number>;
}

/** A use of a string that is not understood, or a string without counterpart: the program stays emulated. */
export class Refusal extends Error {}
