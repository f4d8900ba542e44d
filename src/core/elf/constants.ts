/** Numbers of elf.h that we use: segment types and flags, section types and flags, dynamic tags. */
export const PT = { load: 1, dynamic: 2, interp: 3, note: 4, phdr: 6, gnuProperty: 0x6474e553 } as const;
export const PF = { execute: 1, write: 2, read: 4 } as const;
export const SHT = { progbits: 1, symtab: 2, strtab: 3, rela: 4, nobits: 8, dynsym: 11 } as const;
export const SHF = { write: 1, alloc: 2, execute: 4 } as const;
export const DT = {
  null: 0,
  needed: 1,
  strtab: 5,
  rela: 7,
  relaSize: 8,
  rel: 17,
  relSize: 18,
  strSize: 10,
  soname: 14,
  rpath: 15,
  runpath: 29,
  relrSize: 35,
  relr: 36,
} as const;
