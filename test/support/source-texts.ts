/** The texts that are written in the sources, for pages that quote them. */
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

const SRC = `${import.meta.dirname}/../../src`;
/** The table itself uses none. */
const TABLE = 'core/errors.ts';
/** Letters that a text must have of its own: `${path}: ${why}` would be found in every line. */
const MIN_LETTERS = 6;

export interface SourceTexts {
  /** Does the line end with a text of the sources, whatever stands for its `${...}`? */
  readonly has: (line: string) => boolean;
  /** Error codes that are written anywhere but in their table. */
  readonly usedCodes: ReadonlySet<string>;
}

export function sourceTexts(): SourceTexts {
  const patterns: RegExp[] = [];
  const usedCodes = new Set<string>();
  const visit = (node: ts.Node): void => {
    const parts = partsOf(node);
    if (parts?.length === 1 && /^E_[A-Z_]+$/.test(parts[0] ?? '')) usedCodes.add(parts[0] ?? '');
    if (parts !== undefined && lettersIn(parts) >= MIN_LETTERS) {
      patterns.push(new RegExp(`${parts.map(escaped).join('.+')}$`));
    }
    ts.forEachChild(node, visit);
  };
  for (const name of readdirSync(SRC, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name === TABLE) continue;
    visit(ts.createSourceFile(name, readFileSync(`${SRC}/${name}`, 'utf8'), ts.ScriptTarget.Latest));
  }
  return { has: (line) => patterns.some((pattern) => pattern.test(line)), usedCodes };
}

/** What stands between the `${...}` of a text; undefined for what is no text. */
function partsOf(node: ts.Node): string[] | undefined {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (!ts.isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
}

function lettersIn(parts: readonly string[]): number {
  return parts.join('').replaceAll(/[^A-Za-z]/g, '').length;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
