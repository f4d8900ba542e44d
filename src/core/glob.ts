/** Shell-like patterns for the names and paths in pack files. */

const TOKENS = /\*\*|\*|\?|\[[^\]/]+\]|\{[^{}]*,[^{}]*\}|[^*?[{]+|[[{]/g;

/**
 * `*` and `?` do not match a slash, `**` does, `[0-9]` is a set, `{a*,b}` is either. The whole text must match.
 */
export function globMatcher(pattern: string): (text: string) => boolean {
  const expression = new RegExp(`^${source(pattern)}$`);
  return (text) => expression.test(text);
}

/** True when any of the patterns matches. */
export function anyGlob(patterns: readonly string[]): (text: string) => boolean {
  const matchers = patterns.map(globMatcher);
  return (text) => matchers.some((matches) => matches(text));
}

function source(pattern: string): string {
  return pattern.replace(TOKENS, translate);
}

function translate(token: string): string {
  if (token === '**') return '.*';
  if (token === '*') return '[^/]*';
  if (token === '?') return '[^/]';
  if (token.length > 1 && token.startsWith('[')) return `[${token.slice(1, -1).replace(/[\\^]/g, '\\$&')}]`;
  if (token.length > 1 && token.startsWith('{')) {
    return `(?:${token.slice(1, -1).split(',').map(source).join('|')})`;
  }
  return literal(token);
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
