/** What `list` says. */
import type { Listing } from '../app/list.ts';
import { EMULATED_REASONS, type EmulatedRecord, type TwinRecord } from '../core/model.ts';
import { renderTable, shortened, type Column } from './table.ts';

const TWIN_COLUMNS: readonly Column[] = [{ title: 'accelerated' }, { title: 'donor' }, { title: 'note' }];
const EMULATED_COLUMNS: readonly Column[] = [{ title: 'emulated' }, { title: 'package' }, { title: 'why' }];

/** A configure line of gcc fills a screen; --json has it whole. */
const SHOWN_COLUMNS = 120;

export function renderList(listing: Listing): string {
  const { root, arch, packs, donor, accelerated, plugins, libraryCount } = listing;
  // Programs that nobody asked to accelerate are most of a root, and no news.
  const named = listing.emulated.filter(({ reason }) => reason !== 'no-pack');
  const unnamed = listing.emulated.length - named.length;
  const parts = [
    `${root}: ${arch}, packs ${packs.join(', ')}, donor ${donor}\n`,
    accelerated.length === 0 ? '' : renderTable(TWIN_COLUMNS, accelerated.map(twinRow)),
    named.length === 0 ? '' : renderTable(EMULATED_COLUMNS, named.map(emulatedRow)),
    unnamed === 0 ? '' : `${String(unnamed)} more programs are emulated because no selected pack names them\n`,
    `${String(accelerated.length)} programs accelerated, ${String(plugins.length + libraryCount)} libraries for them\n`,
    damageText(listing),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function twinRow(twin: TwinRecord): string[] {
  return [twin.path, `${twin.donorPackage}=${twin.donorVersion}`, twin.note ?? ''];
}

function emulatedRow({ path, package: owner, reason, detail }: EmulatedRecord): string[] {
  const words = EMULATED_REASONS[reason];
  return [path, owner ?? '', shortened(detail === undefined ? words : `${words}: ${detail}`, SHOWN_COLUMNS)];
}

function damageText({ root, damage }: Listing): string {
  if (damage.length === 0) return '';
  const rows = damage.map(({ path, what }) => [path, what]);
  return `DAMAGED; these run emulated until 'qemu-accel install ${root}' has mended the tree:\n${renderTable([{ title: '' }, { title: '' }], rows)}`;
}
