import { describe, expect, test } from 'vitest';
import { formatSources, parseSourcesFile, parseSourcesList, withSuite } from '../../src/core/apt-sources.ts';

const DEB822 = `Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://other.example/linux/debian
Suites: bookworm
Components: main
Signed-By: /etc/apt/keyrings/other.asc

Types: deb-src
URIs: http://mirror.example/sources
Suites: bookworm
Components: main

Types: deb
URIs: http://mirror.example/disabled
Suites: bookworm
Components: main
Enabled: no
`;

describe('apt sources', () => {
  test('deb822: enabled binary sources only', () => {
    expect(parseSourcesFile(DEB822).map((source) => source.uris.join())).toEqual([
      'http://mirror.example/debian',
      'http://mirror.example/debian-security',
      'https://other.example/linux/debian',
    ]);
  });

  test('one-line format, with and without options', () => {
    const text = [
      'deb http://mirror.example/debian trixie main contrib # words',
      'deb [arch=amd64 signed-by=/k.gpg trusted=yes] http://mirror.example/x trixie main',
      'deb-src http://mirror.example/debian trixie main',
      '# deb http://mirror.example/commented trixie main',
      'deb file:/srv/flat ./',
      'deb broken',
    ].join('\n');
    expect(parseSourcesList(text)).toEqual([
      { uris: ['http://mirror.example/debian'], suites: ['trixie'], components: ['main', 'contrib'] },
      { uris: ['http://mirror.example/x'], suites: ['trixie'], components: ['main'], signedBy: '/k.gpg' },
      { uris: ['file:/srv/flat'], suites: ['./'], components: [] },
    ]);
  });

  test('what is written is read back, and never says that a source is trusted without a signature', () => {
    const key = '\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQIN\n-----END PGP PUBLIC KEY BLOCK-----';
    const sources = [{ uris: ['http://mirror.example'], suites: ['trixie'], components: ['main'], signedBy: key }];
    const text = formatSources(sources, ['amd64']);
    expect(text).toContain('Architectures: amd64');
    expect(text).not.toMatch(/trusted/i);
    expect(parseSourcesFile(text)[0]?.signedBy).toBe(key.trim());
  });
});

describe('another suite', () => {
  const sources = parseSourcesFile(DEB822);

  test('the release, its updates and security; neither backports nor other archives', () => {
    expect(withSuite(sources, ['bookworm'], 'trixie').map((source) => source.suites)).toEqual([
      ['trixie', 'trixie-updates'],
      ['trixie-security'],
    ]);
  });

  test('a rolling release has neither updates nor security', () => {
    expect(withSuite(sources, ['bookworm'], 'sid').map((source) => source.suites)).toEqual([['sid']]);
  });

  test('a source that says stable is the release too', () => {
    const stable = parseSourcesList('deb http://mirror.example/debian stable main');
    expect(withSuite(stable, ['bookworm', 'stable'], 'trixie')[0]?.suites).toEqual(['trixie']);
    expect(withSuite(stable, ['bookworm'], 'trixie')).toEqual([]);
  });
});
