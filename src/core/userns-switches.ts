/** The switches with which distributions restrict user namespaces: user_namespaces(7), Debian's and Ubuntu's kernel patches. */

export interface UsernsSwitch {
  /** As sysctl(8) names it. */
  readonly name: string;
  readonly bad: string;
  readonly good: string;
  readonly meaning: string;
  /** Does it hold for root, too? */
  readonly isForAll: boolean;
}

export const USERNS_SWITCHES: readonly UsernsSwitch[] = [
  {
    name: 'kernel.apparmor_restrict_unprivileged_userns',
    bad: '1',
    good: '0',
    meaning: 'AppArmor restricts user namespaces',
    isForAll: false,
  },
  {
    name: 'kernel.unprivileged_userns_clone',
    bad: '0',
    good: '1',
    meaning: 'user namespaces are switched off for ordinary users',
    isForAll: false,
  },
  {
    name: 'user.max_user_namespaces',
    bad: '0',
    good: '10000',
    meaning: 'user namespaces are switched off',
    isForAll: true,
  },
];

/** `/proc/sys/user/max_user_namespaces` of `user.max_user_namespaces`. */
export function sysctlFile(name: string): string {
  return `/proc/sys/${name.replaceAll('.', '/')}`;
}
