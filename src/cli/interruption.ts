/**
 * ^C and SIGTERM: the first asks the work to stop and clean up, the second ends the process at once.
 *
 * Children in the terminal's foreground group get the ^C as well; work that waits for them sees them end and must not
 * take that for a failure of its own, which is why everything looks at one signal.
 */
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
type SignalName = keyof typeof SIGNALS;

export interface Interruption {
  /** Installs the handlers at the first call. */
  readonly start: () => AbortSignal;
  /** 128 + signal number once a signal has come; what shells report for a program that a signal ended. */
  readonly status: () => number | undefined;
}

export function makeInterruption(): Interruption {
  const controller = new AbortController();
  let status: number | undefined;
  let isStarted = false;
  const onSignal = (name: SignalName): void => {
    if (status !== undefined) process.exit(status);
    status = 128 + SIGNALS[name];
    controller.abort();
  };
  return {
    status: () => status,
    start: () => {
      if (!isStarted) {
        isStarted = true;
        for (const name of Object.keys(SIGNALS) as SignalName[]) process.on(name, onSignal);
      }
      return controller.signal;
    },
  };
}
