// The codes that the packages give, read from their sources: what the error reference has to list.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../deps/workspace.ts';

/** Names of the platform that the sources mention: codes of Node, a property of typed arrays. */
const FOREIGN = /^ERR_|^BYTES_PER_ELEMENT$/;

/** Every literal that reads like a code, in the sources of the packages. */
export function codesInSources(): Set<string> {
  const codes = new Set<string>();
  for (const file of sources()) {
    for (const [, code = ''] of readFileSync(file, 'utf8').matchAll(
      /'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|BARRED|CLOSED|REENTRANT)'/g,
    )) {
      if (!FOREIGN.test(code)) codes.add(code);
    }
  }
  return codes;
}

/** The codes that the reference lists. */
export function codesInReference(): Set<string> {
  const text = readFileSync(join(root, 'docs/reference/errors.md'), 'utf8');
  return new Set([...text.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, code = '']) => code));
}

function sources(): string[] {
  const packages = join(root, 'packages');
  return readdirSync(packages).flatMap((name) => {
    const folder = join(packages, name, 'src');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return files.filter((file) => file.endsWith('.ts')).map((file) => join(folder, file));
  });
}
