/**
 * Which entries of the folder are modules, and which are left alone.
 *
 * Fixed: names that begin with a dot, `node_modules`, and the temporary names of editors. On top of these come the
 * patterns of the option, and the `.gitignore` files in the folder with git's meaning. Such files above the folder are
 * not read: a store is the same wherever it is put.
 */
import createIgnore from 'ignore';

const FIXED = /^\.|^node_modules$|~$|^#.*#$|\.sw[a-z]$|^4913$|\.tmp$|___jb_(?:tmp|old)___$/;

/** `goblin.d.ts`, and `theme.d.css.ts` for that matter, describe modules and are none. */
const DECLARATION = /\.d\.(?:[^./]+\.)?[cm]?ts$/;

/** The rules of one place, for paths below `base`: '' or a path with a slash at its end. */
interface Layer {
  readonly base: string;
  readonly rules: createIgnore.Ignore;
}

/** The rules that hold in one folder of the tree. */
export class IgnoreRules {
  readonly #extensions: readonly string[];
  /** The outermost first; of those that have an opinion the innermost decides. */
  readonly #layers: readonly Layer[];

  private constructor(extensions: readonly string[], layers: readonly Layer[]) {
    this.#extensions = extensions;
    this.#layers = layers;
  }

  static of(extensions: readonly string[], patterns: readonly string[]): IgnoreRules {
    return new IgnoreRules(extensions, patterns.length > 0 ? [layer('', patterns)] : []);
  }

  /** The rules inside a folder that has a `.gitignore`. */
  within(base: string, gitignore: string): IgnoreRules {
    return new IgnoreRules(this.#extensions, [...this.#layers, layer(base, gitignore)]);
  }

  /** Whether a name alone rules an entry out, wherever it is. */
  static isFixed(name: string): boolean {
    return FIXED.test(name);
  }

  /** Whether a name is that of a module, if it is not ignored. */
  isModuleName(name: string): boolean {
    return this.#extensions.some((extension) => name.endsWith(extension)) && !DECLARATION.test(name);
  }

  /** Whether patterns rule out a path; that of a folder ends with a slash. */
  ignores(path: string): boolean {
    let ignored = false;
    for (const { base, rules } of this.#layers) {
      const verdict = rules.test(path.slice(base.length));
      if (verdict.ignored) ignored = true;
      else if (verdict.unignored) ignored = false;
    }
    return ignored;
  }
}

/** @param patterns a whole file, or single patterns */
function layer(base: string, patterns: string | readonly string[]): Layer {
  // Not ignoring case, as git does where the file system tells cases apart: one tree is one tree everywhere.
  return { base, rules: createIgnore({ ignorecase: false }).add(patterns) };
}
