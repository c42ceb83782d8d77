/**
 * The way from a symbolic link to what it means: every link that is passed. A ConfigMap is turned by replacing the middle
 * one, and a watch on the two ends would not see it.
 */
import { basename, dirname, isAbsolute, join, parse, sep } from 'node:path';
import { isAbsent, lstat, readlink } from './files.ts';

/** As many as Linux follows before it says ELOOP. */
const MAX_LINKS = 40;

/** A backslash is an ordinary character in a POSIX name. */
const SEPARATOR = sep === '/' ? '/' : /[\\/]/;

/**
 * The links between `path` and its target, `path` first, and then the target, or the name that does not exist: when any
 * of these entries changes, the link may mean something else.
 *
 * @param path of a link, in a directory whose path is real
 */
export async function linkTrail(path: string): Promise<string[]> {
  const trail: string[] = [];
  const rest = [basename(path)];
  let here = dirname(path);
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      here = dirname(here);
      continue;
    }
    const next = join(here, name);
    let target: string | undefined;
    try {
      target = (await lstat(next)).isSymbolicLink() ? await readlink(next) : undefined;
    } catch (error) {
      if (!isAbsent(error)) throw error;
      trail.push(next);
      return trail;
    }
    if (target === undefined) {
      here = next;
      continue;
    }
    trail.push(next);
    if (trail.length > MAX_LINKS) return trail;
    if (isAbsolute(target)) here = parse(target).root;
    rest.unshift(...target.slice(isAbsolute(target) ? parse(target).root.length : 0).split(SEPARATOR));
  }
  trail.push(here);
  return trail;
}
