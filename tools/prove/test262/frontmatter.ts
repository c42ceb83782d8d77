// What a test262 test says about itself, in the comment that begins it: the YAML of test262, not YAML at large.

export type Phase = 'parse' | 'resolution' | 'runtime';

/** The test passes if and only if this is thrown. */
export interface Negative {
  readonly phase: Phase;
  /** Name of the error's constructor. */
  readonly type: string;
}

export interface Frontmatter {
  readonly flags: readonly string[];
  /** Files of `harness/` that the test needs beside those that every test needs. */
  readonly includes: readonly string[];
  readonly negative: Negative | undefined;
}

/** @throws Error where the text has no frontmatter, or a negative without phase and type */
export function frontmatterOf(source: string): Frontmatter {
  const comment = /\/\*---\r?\n([\s\S]*?)---\*\//.exec(source)?.[1];
  if (comment === undefined) throw new Error('The test has no frontmatter.');
  const entries = entriesOf(comment.split(/\r\n|\r|\n/));
  return {
    flags: listOf(entries.get('flags')),
    includes: listOf(entries.get('includes')),
    negative: negativeOf(entries.get('negative')),
  };
}

/** The lines of each top-level key: the rest of its own line, and those below it that are indented. */
function entriesOf(lines: readonly string[]): Map<string, string[]> {
  const entries = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of lines) {
    const [, key, rest] = /^(\w+):(.*)$/.exec(line) ?? [];
    if (key === undefined || rest === undefined) current.push(line.trim());
    else {
      current = [rest.trim()];
      entries.set(key, current);
    }
  }
  return entries;
}

/** `[a, b]`, perhaps over several lines, or one `- item` a line. */
function listOf(lines: readonly string[] = []): string[] {
  const text = lines.join('\n');
  const items = text.startsWith('[') ? text.slice(1, text.indexOf(']')).split(',') : text.split(/^- /m);
  return items.map((item) => item.trim()).filter(Boolean);
}

function negativeOf(lines: readonly string[] | undefined): Negative | undefined {
  if (lines === undefined) return undefined;
  const values = new Map(lines.map((line) => line.split(/:\s*/, 2) as [string, string | undefined]));
  const phase = values.get('phase');
  const type = values.get('type');
  if (type === undefined || (phase !== 'parse' && phase !== 'resolution' && phase !== 'runtime')) {
    throw new Error(`The negative of the test has the phase '${phase}' and the type '${type}'.`);
  }
  return { phase, type };
}
