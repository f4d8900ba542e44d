/** What every comparison of the two ways asks for. */
import { expect } from 'vitest';
import type { Sides, Snippet } from './two-sides.ts';

/** Output, status and files of a snippet are those that it had emulated. */
export async function expectSameAnswers(sides: Sides, snippet: Snippet): Promise<void> {
  const { emulated, accelerated } = await sides.outcomes(snippet);
  expect(accelerated).toEqual(emulated);
  expect((await sides.files(snippet)).different).toEqual([]);
}

/** These programs of /usr/bin ran as twins at least once: without this, a broken tree would pass every comparison. */
export async function expectTwins(sides: Sides, names: readonly string[]): Promise<void> {
  const ran = new Set((await sides.trace()).filter(({ how }) => how === 'accelerated').map(({ path }) => path));
  expect([...ran]).toEqual(expect.arrayContaining(names.map((name) => `/usr/bin/${name}`)));
}
