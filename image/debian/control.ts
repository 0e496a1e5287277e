/** The fields of one paragraph; names in lower case, continued lines joined by newlines (deb822(5)). */
export type Paragraph = ReadonlyMap<string, string>;

/** Splits a control file into paragraphs; comment lines are dropped. */
export function parseControl(text: string): Paragraph[] {
  return text
    .split(/\n(?:[ \t]*\n)+/)
    .map(parseParagraph)
    .filter((paragraph) => paragraph.size > 0);
}

export function parseParagraph(text: string): Paragraph {
  const fields = new Map<string, string>();
  let name = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('#') || line.trim() === '') continue;
    if (/^[ \t]/.test(line)) {
      fields.set(name, `${fields.get(name) ?? ''}\n${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    name = line.slice(0, colon).toLowerCase();
    fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
}
