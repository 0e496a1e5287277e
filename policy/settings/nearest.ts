/** At most so many edits make one name another: a slip of the hand, not another word. */
const SLIP = 3;

/** The name that somebody probably meant; undefined when none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > 100) return undefined;
  const scored = known.map((each) => ({ each, edits: distance(name.toLowerCase(), each.toLowerCase()) }));
  const best = scored.reduce((a, b) => (b.edits < a.edits ? b : a), { each: '', edits: SLIP + 1 });
  return best.edits <= SLIP ? best.each : undefined;
}

/** Levenshtein's: insertions, deletions and exchanges of one letter. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const exchanged = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(exchanged, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
