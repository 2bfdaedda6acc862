import type { ListedInput } from './listed-input';
import { type ManifestSummary, manifestInputs, type OpenManifest, requireManifest } from './manifest-file';
import { quote } from './quote';

/**
 * Says for a person what the first difference between two saved lists is, `input 18 was 'photos/a.jpg' and is now
 * 'photos/b.jpg'`; undefined if they are the same. Both are read as streams. Rejects with ERR_JOB_CORRUPT where one is missing,
 * unfinished or damaged before the difference; on abort, with the signal's reason.
 */
export async function manifestDifference(saved: string, current: string, signal?: AbortSignal): Promise<string | undefined> {
  const before = await requireManifest(saved);
  try {
    const now = await requireManifest(current);
    try {
      return before.summary.sha256 === now.summary.sha256 ? undefined : await firstDifference(before, now, signal);
    } finally {
      await now.file.close();
    }
  } finally {
    await before.file.close();
  }
}

async function firstDifference(before: OpenManifest, now: OpenManifest, signal?: AbortSignal): Promise<string | undefined> {
  const savedInputs = manifestInputs(before, signal);
  const currentInputs = manifestInputs(now, signal);
  for (let input = 1; ; input++) {
    const [saved, current] = [await savedInputs.next(), await currentInputs.next()];
    if (saved.done && current.done) {
      return undefined;
    }
    const difference = compare(saved.value ?? undefined, current.value ?? undefined, input);
    if (difference) {
      await Promise.all([savedInputs.return(), currentInputs.return()]);
      return difference(before.summary, now.summary);
    }
  }
}

type Difference = (before: ManifestSummary, now: ManifestSummary) => string;

/** What tells the inputs in one place of the lists apart, if anything does. */
function compare(saved: ListedInput | undefined, current: ListedInput | undefined, place: number): Difference | undefined {
  if (!saved || !current) {
    const extra = nameOf((saved ?? current) as ListedInput);
    return (before, now) =>
      `the list had ${counted(before.inputs)} and now has ${now.inputs}: ${quote(extra)} is ${saved ? 'gone' : 'new'}`;
  }
  const [was, is] = [nameOf(saved), nameOf(current)];
  if (was !== is) {
    return (before, now) => {
      const counts = before.inputs === now.inputs ? '' : ` (the list had ${counted(before.inputs)} and now has ${now.inputs})`;
      return `input ${place} was ${quote(was)} and is now ${quote(is)}${counts}`;
    };
  }
  const change = changeOf(saved, current);
  return change ? () => `input ${place}, ${quote(was)}, ${change}` : undefined;
}

/** How two inputs of one name differ. */
function changeOf(saved: ListedInput, current: ListedInput): string | undefined {
  if (saved.kind === 'image' && current.kind === 'image') {
    return saved.root === current.root ? undefined : `was ${found(saved.root)} and is now ${found(current.root)}`;
  }
  if (saved.kind === 'archive' && current.kind === 'archive') {
    if (saved.size !== current.size) {
      return `had ${saved.size} bytes and now has ${current.size}`;
    }
    return saved.modified === current.modified
      ? undefined
      : `was last written at ${time(saved.modified)} and now at ${time(current.modified)}`;
  }
  return saved.kind === 'image' ? 'was a picture and is now an archive' : 'was an archive and is now a picture';
}

function nameOf(input: ListedInput): string {
  return input.kind === 'image' ? input.name : input.path;
}

function found(root: string | undefined): string {
  return root === undefined ? 'named itself' : `found in the folder ${quote(root)}`;
}

function counted(inputs: number): string {
  return inputs === 1 ? '1 input' : `${inputs} inputs`;
}

/** `2024-05-01T12:00:00.000Z`; the number where it is no time a calendar has. */
function time(milliseconds: number): string {
  return Math.abs(milliseconds) <= 8.64e15 ? new Date(milliseconds).toISOString() : String(milliseconds);
}
