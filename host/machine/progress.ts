/** What is going on, for whoever waits: a step begins, or something worth a line happened. */
export type Progress =
  | { kind: 'step'; text: string }
  | { kind: 'note'; text: string }
  | { kind: 'warning'; text: string; hint?: string };

export type OnProgress = (progress: Progress) => void;
