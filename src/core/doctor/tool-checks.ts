/** Programs of the machine that we start, and versions of them that are known to be wrong. */
import { compareVersions } from '../versions.ts';
import { ok, type Check, type Judgement } from './model.ts';

export interface ToolVersion {
  readonly path: string;
  /** As the program prints it, `7.2.22`; absent where it could not be told. */
  readonly version?: string;
}

export interface ToolFacts {
  /** The static qemu of each architecture that was looked for: of the build root's, else of all. */
  readonly qemu: readonly { readonly arch: string; readonly found?: ToolVersion }[];
  readonly patchelf?: ToolVersion;
  /** Of DEBIAN_TOOLS: those that are there. */
  readonly present: ReadonlySet<string>;
}

interface BadVersions {
  /** First bad version; absent: from the beginning. */
  readonly from?: string;
  /** First good version. */
  readonly before: string;
  readonly trouble: string;
}

/** docker/buildx issue 542 and Debian bug 988174: how guest memory is reserved was rewritten in 5.1 and mended for 6.0. */
const BAD_QEMU: readonly BadVersions[] = [
  { before: '6.0', trouble: 'static programs, ldconfig first of all, end with segmentation faults' },
];

/** NixOS/patchelf issues 446, 482 and 558: sections that were moved are no longer covered by their segment. */
const BAD_PATCHELF: readonly BadVersions[] = [
  { before: '0.14', trouble: 'it was never tried with this tool' },
  { from: '0.16', before: '0.18', trouble: 'programs whose RPATH it changed may not start' },
];

/** Each with what it is needed for. */
export const DEBIAN_TOOLS: Readonly<Record<string, string>> = {
  'apt-get': 'finds the donor packages of `install`',
  'dpkg-deb': 'unpacks donor packages',
  mmdebstrap: 'makes build roots for `bootstrap`',
  flock: 'keeps two installs of one build root apart',
  tar: 'unpacks donor packages',
  iconvconfig: 'makes the cache of iconv’s tables',
};

export const TOOL_CHECKS: readonly Check<ToolFacts>[] = [
  {
    id: 'qemu',
    title: 'qemu',
    why: 'what has no twin runs under it, and without it nothing of the build root starts',
    fix: ['Install it: sudo apt install qemu-user-static (Debian 12), qemu-user (Debian 13 and later)'],
    judge: judgeQemu,
  },
  {
    id: 'patchelf',
    title: 'patchelf',
    why: 'it gives twins their loader and library path; a wrong version damages programs, and `install` stops there',
    fix: ['Install it: sudo apt install patchelf', '0.14.3 and 0.18.0 are known to work'],
    judge: judgePatchelf,
  },
  {
    id: 'debian-tools',
    title: 'Debian’s tools',
    why: '`bootstrap` and `install` are done with them; `run` needs none',
    fix: ['Install them: sudo apt install apt dpkg libc-bin mmdebstrap tar util-linux'],
    judge: judgeDebianTools,
  },
];

function judgeQemu({ qemu }: ToolFacts): Judgement {
  const found = qemu.flatMap(({ arch, found: tool }) => (tool === undefined ? [] : [{ arch, tool }]));
  // Without a build root any one will do: nobody has all of them.
  if (found.length === 0) {
    return { status: 'finding', what: `no static qemu-user for ${qemu.map(({ arch }) => arch).join(', ')}` };
  }
  const bad = found.flatMap(({ arch, tool }) =>
    troublesOf(tool, BAD_QEMU).map((trouble) => `${arch}: ${tool.path} is ${String(tool.version)}: ${trouble}`),
  );
  if (bad.length > 0) return { status: 'finding', what: 'a version that is known to be wrong', details: bad };
  const versions = [...new Set(found.map(({ tool }) => tool.version ?? 'of unknown version'))];
  return ok(`${versions.join(', ')} for ${found.map(({ arch }) => arch).join(', ')}`);
}

function judgePatchelf({ patchelf }: ToolFacts): Judgement {
  if (patchelf === undefined) return { status: 'finding', what: 'patchelf is not installed' };
  const troubles = troublesOf(patchelf, BAD_PATCHELF);
  if (troubles.length === 0) return ok(patchelf.version ?? 'of unknown version');
  return { status: 'finding', what: `version ${String(patchelf.version)} is known to be wrong`, details: troubles };
}

function judgeDebianTools({ present }: ToolFacts): Judgement {
  const missing = Object.entries(DEBIAN_TOOLS).filter(([name]) => !present.has(name));
  if (missing.length === 0) return ok(Object.keys(DEBIAN_TOOLS).join(', '));
  const details = missing.map(([name, use]) => `${name} ${use}`);
  return { status: 'finding', what: `not installed: ${missing.map(([name]) => name).join(', ')}`, details };
}

function troublesOf({ version }: ToolVersion, bad: readonly BadVersions[]): string[] {
  if (version === undefined) return [];
  return bad
    .filter(({ from, before }) => compareVersions(version, from ?? '0') >= 0 && compareVersions(version, before) < 0)
    .map(({ trouble }) => trouble);
}
