/** Characters of a name that are shown at either end of one that is too long for a message. */
const shownEnd = 120;

/** A name as a message says it. Longer ones lose their middle: paths differ at their ends. */
export function quote(name: string): string {
  return name.length > 2 * shownEnd + 3 ? `'${name.slice(0, shownEnd)}...${name.slice(-shownEnd)}'` : `'${name}'`;
}
