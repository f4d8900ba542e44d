/**
 * apt's sources, in both of their formats (sources.list(5)): parsed, given another suite, and written as deb822.
 */
import { formatStanza, parseDeb822, type Stanza } from './deb822.ts';

export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** A keyring's path, a fingerprint, or an armored key of several lines. */
  readonly signedBy?: string;
}

/** Binary sources of a *.sources file. Disabled ones and `deb-src` are left out. */
export function parseSourcesFile(text: string): AptSource[] {
  return parseDeb822(text)
    .filter((stanza) => words(stanza, 'types').includes('deb') && !isDisabled(stanza))
    .map((stanza) => ({
      uris: words(stanza, 'uris'),
      suites: words(stanza, 'suites'),
      components: words(stanza, 'components'),
      ...optionalSignedBy(stanza.get('signed-by')),
    }));
}

function isDisabled(stanza: Stanza): boolean {
  return /^(no|false|without|off|disable)$/i.test(stanza.get('enabled') ?? 'yes');
}

function words(stanza: Stanza, field: string): string[] {
  return (stanza.get(field) ?? '').split(/\s+/).filter((word) => word !== '');
}

function optionalSignedBy(value: string | undefined): { signedBy?: string } {
  return value === undefined || value === '' ? {} : { signedBy: value.trim() };
}

const ONE_LINE = /^deb\s+(?:\[(?<options>[^\]]*)\]\s+)?(?<uri>\S+)\s+(?<suite>\S+)(?<components>(?:\s+\S+)*)$/;

/** Binary sources of a one-line file (sources.list, *.list). Lines that are no source are left out, as apt would warn. */
export function parseSourcesList(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const line of text.split('\n')) {
    const groups = ONE_LINE.exec(line.replace(/#.*/, '').trim())?.groups;
    if (groups?.['uri'] === undefined || groups['suite'] === undefined) continue;
    sources.push({
      uris: [groups['uri']],
      suites: [groups['suite']],
      components: (groups['components'] ?? '').split(/\s+/).filter((word) => word !== ''),
      ...optionalSignedBy(/(?:^|\s)signed-by=(\S+)/i.exec(groups['options'] ?? '')?.[1]),
    });
  }
  return sources;
}

/** Writes sources as one deb822 file, for packages of these Debian architectures only. */
export function formatSources(sources: readonly AptSource[], architectures: readonly string[]): string {
  return sources
    .map((source) =>
      formatStanza([
        ['Types', 'deb'],
        ['URIs', source.uris.join(' ')],
        ['Suites', source.suites.join(' ')],
        ...(source.components.length === 0 ? [] : [['Components', source.components.join(' ')] as const]),
        ...(architectures.length === 0 ? [] : [['Architectures', architectures.join(' ')] as const]),
        ...(source.signedBy === undefined ? [] : [['Signed-By', source.signedBy] as const]),
      ]),
    )
    .join('\n');
}

/** The suites beside a release that bring newer packages of it. Rolling releases have none. */
const POCKETS = ['-updates', '-security'] as const;
const ROLLING = ['sid', 'unstable', 'testing', 'experimental'];

/**
 * The distribution's own sources with another suite: `bookworm bookworm-updates` becomes `trixie trixie-updates`.
 * Sources of others are left out: they need not have that suite, and their packages are nobody's guest packages.
 *
 * @param ownSuites the names that the distribution's own release has in these sources (`bookworm`, `stable`)
 */
export function withSuite(sources: readonly AptSource[], ownSuites: readonly string[], suite: string): AptSource[] {
  return sources.filter(isDistributionArchive).flatMap((source) => {
    const suites = source.suites.flatMap((name) => {
      const pocket = ['', ...POCKETS].find((end) => ownSuites.some((own) => name === own + end));
      if (pocket === undefined || (pocket !== '' && ROLLING.includes(suite))) return [];
      return [suite + pocket];
    });
    return suites.length === 0 ? [] : [{ ...source, suites }];
  });
}

/** Others publish under the distribution's suite names too; its own archive has `main`, and its keyring or its name. */
function isDistributionArchive(source: AptSource): boolean {
  if (!source.components.includes('main')) return false;
  const keyring = source.signedBy?.split('/').at(-1);
  if (keyring !== undefined) return /^(debian|ubuntu)-archive-/.test(keyring);
  return source.uris.some((uri) => /\/(debian|ubuntu)/.test(uri));
}
