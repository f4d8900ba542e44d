/**
 * Text that is replaced where it stands, for all who refer to it: the C library's own paths, by which a twin would look into
 * the guest's directories for host libraries. The new text is at most as long as the old. A path that is shorter gets more
 * slashes before its last name, so that nothing depends on its length; what remains of another text is NUL.
 */
import { Refusal, type Workpiece } from './work.ts';

export function replaceInPlace(work: Workpiece): void {
  for (const [from, text] of work.rules['in-place']) {
    const to = filledUp(text, from.length);
    if (to.length > from.length) throw new Refusal(`${JSON.stringify(to)} is longer than the text that it replaces`);
    const places = placesOf(work, from);
    if (places.length === 0) throw new Refusal(`${JSON.stringify(from)} is not in the file`);
    for (const offset of places) {
      work.bytes.fill(0, offset, offset + from.length);
      work.bytes.write(to, offset, 'latin1');
      work.done.add(offset);
    }
    work.pairs.push({ donor: from, guest: to, references: places.length });
  }
}

function filledUp(path: string, length: number): string {
  const slash = path.lastIndexOf('/');
  if (!path.startsWith('/')) return path;
  return path.slice(0, slash) + '/'.repeat(Math.max(0, length - path.length)) + path.slice(slash);
}

/** File offsets of whole strings. */
function placesOf(work: Workpiece, text: string): number[] {
  return work.donorData.flatMap((section) => {
    const found: number[] = [];
    for (let at = section.text.indexOf(`${text}\0`); at >= 0; at = section.text.indexOf(`${text}\0`, at + 1)) {
      if (at === 0 || section.text[at - 1] === '\0') found.push(section.section.offset + at);
    }
    return found;
  });
}
