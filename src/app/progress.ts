/** What a use case says while it works. The command line shows it; nothing depends on it being shown. */
export type Progress =
  /** A new phase begins, and the one before it is over: `fetching donor packages`. */
  | { readonly kind: 'phase'; readonly title: string }
  /** How far the phase is; `detail` is what it has at hand. Often: a terminal shows the last one only, a log none. */
  | { readonly kind: 'step'; readonly done: number; readonly total: number; readonly detail?: string }
  /** Something that a person should know, and that is no failure. */
  | { readonly kind: 'note'; readonly text: string };

export type ProgressSink = (event: Progress) => void;
