/**
 * deb822(5): stanzas of `Field: value` lines, as in dpkg's status file, apt's Packages files and *.sources files.
 */

/** One stanza. Field names are lower case, since deb822(5) compares them without case. */
export type Stanza = ReadonlyMap<string, string>;

/**
 * Reads stanzas. A value of several lines keeps its newlines; the one blank that starts a continuation line is dropped,
 * and so is the dot that stands for an empty line. Comment lines are dropped, and so are lines that are no field: a
 * file that somebody edited by hand must not lose the rest of its stanza.
 */
export function parseDeb822(text: string): Stanza[] {
  const stanzas: Stanza[] = [];
  let fields = new Map<string, string>();
  let field: string | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue;
    if (line.trim() === '') {
      if (fields.size > 0) stanzas.push(fields);
      fields = new Map();
      field = undefined;
    } else if (line.startsWith(' ') || line.startsWith('\t')) {
      if (field !== undefined) fields.set(field, `${fields.get(field) ?? ''}\n${continuation(line)}`);
    } else {
      const colon = line.indexOf(':');
      field = colon < 1 ? undefined : line.slice(0, colon).toLowerCase();
      if (field !== undefined) fields.set(field, line.slice(colon + 1).trim());
    }
  }
  if (fields.size > 0) stanzas.push(fields);
  return stanzas;
}

function continuation(line: string): string {
  const text = line.slice(1).trimEnd();
  return text === '.' ? '' : text;
}

/** Writes one stanza, with the newline that ends its last line; the reverse of {@link parseDeb822}. */
export function formatStanza(fields: Iterable<readonly [name: string, value: string]>): string {
  let text = '';
  for (const [name, value] of fields) {
    const [first = '', ...rest] = value.split('\n');
    text += `${`${name}: ${first}`.trimEnd()}\n`;
    for (const line of rest) text += ` ${line === '' ? '.' : line}\n`;
  }
  return text;
}
