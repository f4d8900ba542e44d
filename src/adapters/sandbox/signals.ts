/**
 * While a command has our terminal, signals to us are meant for it. Those that the terminal sends (^C, ^\) reach it without
 * our help, because it is in our process group; we only must not die of them. The others are handed on.
 */
import type { ChildProcess } from 'node:child_process';
import { isatty } from 'node:tty';

const HANDED_ON: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'];
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

/** @returns what gives the signals back their former meaning. */
export function passSignals(child: ChildProcess): () => void {
  const handOn = (name: NodeJS.Signals): void => {
    child.kill(name);
  };
  // Who sent a signal cannot be told here. With a terminal it was ^C; without one, as in a CI job, somebody used kill(1).
  const hasTerminal = [0, 1, 2].some((fd) => isatty(fd));
  const onInterrupt = hasTerminal ? (): void => undefined : handOn;
  for (const name of HANDED_ON) process.on(name, handOn);
  for (const name of FROM_TERMINAL) process.on(name, onInterrupt);
  return () => {
    for (const name of HANDED_ON) process.off(name, handOn);
    for (const name of FROM_TERMINAL) process.off(name, onInterrupt);
  };
}
