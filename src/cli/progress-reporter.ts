/**
 * Shows progress on stderr: on a terminal one live line that is redrawn, in a log one line per phase.
 */
import type { Progress, ProgressSink } from '../app/progress.ts';
import { paletteFor } from './style.ts';
import { displayWidth } from './table.ts';

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

function liveReporter(stream: ReportStream, now: () => number): Reporter {
  const palette = paletteFor(stream);
  let phase: { readonly title: string; readonly startMs: number } | undefined;
  let drawnMs = 0;
  const end = (outcome: 'done' | 'failed'): void => {
    if (phase === undefined) return;
    const tookMs = now() - phase.startMs;
    const took = tookMs < SHORT_MS ? '' : palette.dim(` ${seconds(tookMs)}`);
    const mark = outcome === 'done' ? palette.green('✓') : palette.red('✗');
    stream.write(`${CLEAR_LINE}${mark} ${phase.title}${took}\n`);
    phase = undefined;
  };
  const draw = (text: string): void => {
    drawnMs = now();
    stream.write(`${CLEAR_LINE}${palette.bold('…')} ${cut(text, (stream.columns ?? DEFAULT_COLUMNS) - 3)}`);
  };
  return {
    end,
    sink: (event) => {
      if (event.kind === 'phase') {
        end('done');
        phase = { title: event.title, startMs: now() };
        draw(event.title);
      } else if (event.kind === 'note') {
        stream.write(`${CLEAR_LINE}${palette.yellow('note')}: ${event.text}\n`);
        if (phase !== undefined) draw(phase.title);
      } else if (phase !== undefined && now() - drawnMs >= REDRAW_EVERY_MS) {
        draw(stepText(phase.title, event));
      }
    },
  };
}

function stepText(title: string, step: Extract<Progress, { kind: 'step' }>): string {
  const count = `${String(step.done)}/${String(step.total)}`;
  return step.detail === undefined ? `${title} ${count}` : `${title} ${count} ${step.detail}`;
}

function seconds(durationMs: number): string {
  return `${String(Math.round(durationMs / 1000))}s`;
}

/** A line that is wider than the terminal wraps, and then it cannot be redrawn. */
function cut(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let kept = '';
  for (const character of text) {
    if (displayWidth(kept) + displayWidth(character) >= columns) break;
    kept += character;
  }
  return `${kept}…`;
}
