/**
 * Shows progress on stderr: on a terminal one live line that is redrawn, in a log one line per phase.
 */
import type { Progress, ProgressSink } from '../app/progress.ts';
import { paletteFor } from './style.ts';
import { shortened } from './table.ts';

export interface Reporter {
  readonly sink: ProgressSink;
  /** Finishes the live line. Call it before anything else is printed. */
  readonly end: (outcome: 'done' | 'failed') => void;
}

interface ReportStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly write: (text: string) => unknown;
}

/** A phase shorter than this says no time. */
const SHORT_MS = 1000;
const REDRAW_EVERY_MS = 100;
const TICK_MS = 1000;
const DEFAULT_COLUMNS = 80;
const CLEAR_LINE = '\r\u001b[K';

export const silentSink: ProgressSink = () => undefined;

export function makeReporter(stream: ReportStream, now: () => number = Date.now): Reporter {
  return stream.isTTY === true ? liveReporter(stream, now) : logReporter(stream, now);
}

function logReporter(stream: ReportStream, now: () => number): Reporter {
  const startMs = now();
  return {
    end: () => undefined,
    sink: (event) => {
      if (event.kind === 'phase') stream.write(`[${seconds(now() - startMs).padStart(4)}] ${event.title}\n`);
      if (event.kind === 'note') stream.write(`note: ${event.text}\n`);
    },
  };
}

interface Phase {
  readonly title: string;
  readonly startMs: number;
  /** The newest step, in words. */
  text: string;
  readonly ticker: NodeJS.Timeout;
}

function liveReporter(stream: ReportStream, now: () => number): Reporter {
  const palette = paletteFor(stream);
  let phase: Phase | undefined;
  let drawnMs = 0;
  const took = ({ startMs }: Phase): string => (now() - startMs < SHORT_MS ? '' : ` ${seconds(now() - startMs)}`);
  const draw = (): void => {
    if (phase === undefined) return;
    drawnMs = now();
    const time = took(phase);
    // A line that is wider than the terminal wraps, and then it cannot be redrawn.
    const text = shortened(phase.text, (stream.columns ?? DEFAULT_COLUMNS) - 3 - time.length);
    stream.write(`${CLEAR_LINE}${palette.bold('…')} ${text}${palette.dim(time)}`);
  };
  const end = (outcome: 'done' | 'failed'): void => {
    if (phase === undefined) return;
    clearInterval(phase.ticker);
    const mark = outcome === 'done' ? palette.green('✓') : palette.red('✗');
    stream.write(`${CLEAR_LINE}${mark} ${phase.title}${palette.dim(took(phase))}\n`);
    phase = undefined;
  };
  const sink: ProgressSink = (event) => {
    if (event.kind === 'phase') {
      end('done');
      // A phase of minutes without steps, like an emulated configure, shows by its clock that it is alive.
      phase = { title: event.title, startMs: now(), text: event.title, ticker: setInterval(draw, TICK_MS).unref() };
      draw();
    } else if (event.kind === 'note') {
      stream.write(`${CLEAR_LINE}${palette.yellow('note')}: ${event.text}\n`);
      draw();
    } else if (phase !== undefined) {
      phase.text = stepText(phase.title, event);
      if (now() - drawnMs >= REDRAW_EVERY_MS) draw();
    }
  };
  return { end, sink };
}

function stepText(title: string, step: Extract<Progress, { kind: 'step' }>): string {
  const count = `${String(step.done)}/${String(step.total)}`;
  return step.detail === undefined ? `${title} ${count}` : `${title} ${count} ${step.detail}`;
}

function seconds(durationMs: number): string {
  return `${String(Math.round(durationMs / 1000))}s`;
}
