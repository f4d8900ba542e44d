/** What a pack shares with others: files name one another, and what is read of them is whole packs. */
import { ARGUMENT_SET_NAMES, type Pack } from './packs.ts';

/**
 * @param pack as its file has it.
 * @param others the packs that `includes` and `leaves-to` name, as their files have them: what those name in turn does not count.
 */
export function completePack(
  pack: Pack,
  others: { readonly included: readonly Pack[]; readonly left: readonly Pack[] },
): Pack {
  const except = others.left.flatMap(({ programs }) => programs.flatMap(({ paths = [] }) => paths));
  const own = except.length === 0 ? pack : withoutThese(pack, except);
  return others.included.reduce(joined, own);
}

function withoutThese(pack: Pack, paths: readonly string[]): Pack {
  return {
    ...pack,
    programs: pack.programs.map((some) => ({ ...some, except: [...(some.except ?? []), ...paths] })),
  };
}

function joined(pack: Pack, part: Pack): Pack {
  const [own, others] = [pack['emulate-for'], part['emulate-for']];
  const sets = ARGUMENT_SET_NAMES.map((name) => [name, [...own[name], ...others[name]]]);
  return {
    ...pack,
    programs: [...pack.programs, ...part.programs],
    exclude: [...pack.exclude, ...part.exclude],
    'same-word-size': [...pack['same-word-size'], ...part['same-word-size']],
    'short-times': [...pack['short-times'], ...part['short-times']],
    libraries: [...pack.libraries, ...part.libraries],
    files: [...pack.files, ...part.files],
    links: [...pack.links, ...part.links],
    load: [...pack.load, ...part.load],
    donor: [...pack.donor, ...part.donor],
    'emulate-for': Object.fromEntries(sets) as Pack['emulate-for'],
    retarget: { ...part.retarget, ...pack.retarget },
  };
}
