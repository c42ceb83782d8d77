/**
 * A look at a text before the native compiler gets it: SWC recurses without a check, and past a certain depth the whole
 * process ends by a segmentation fault that nothing can catch.
 *
 * Linear, without a tree: it skips comments, strings and regular expressions, counts brackets, and estimates how deep a
 * recursive parser would be. The estimate adds up, along the brackets that are open, the weights of the tokens since the
 * last separator; it errs towards *suspect*, which only costs a child process (`strip-guard.ts`).
 *
 * Measured with SWC 1.16 on an 8 MB stack (half of that in a worker thread): the least number of levels that ended the
 * process was 1,730 for `{a:` in a type, 1,948 for `if(a)`, 2,470 for `(a=…)=>`, 2,781 for `(`, 3,971 for `x=>`, 5,671
 * for a label, 8,099 for `a=`, 13,024 for `.a()`, 16,515 for `else if`, 54,159 for `+1`. With these weights each of them
 * is suspect at a third of the worker's number or earlier.
 */

import type { UsingWord } from './using.ts';

export interface ScanResult {
  /** Every `using` that begins a declaration. */
  readonly usings: readonly UsingWord[];
  /** Whether there may be decorators, or an `accessor`. */
  readonly decorates: boolean;
  /** Where brackets, or classes in heritage, first were deeper than the limit; undefined where they never were. */
  readonly tooDeepAt: number | undefined;
  /** A native parser must not see the text in this process. */
  readonly suspect: boolean;
  /** Where the estimate was highest. */
  readonly deepestAt: number;
  /**
   * The first space or line end of more than one byte in the code. SWC's reports assume that a byte stands before every
   * token: `-\u00a0)` ended the process, with 1.16.
   */
  readonly wideSpaceAt: number | undefined;
}

const SUSPECT = 4_000;
/** Characters of the longest text for which a glance may be enough. */
const GLANCE = 2 ** 15;
const WEIGHT_BRACKET = 16;
const WEIGHT_STATEMENT = 8;
const WEIGHT_OPERATOR = 4;
const WEIGHT_PLAIN = 1;
/** SWC's time and memory double with each class in the heritage of another: 18 take a tenth of a second, 40 all memory. */
const HERITAGE_LIMIT = 15;

/** A statement that nests without a bracket. */
const STATEMENT = 1;
/** After it an expression or a type goes on: a line break there ends nothing. */
const CONTINUED = 2;
/** It continues what ended with the token before it. */
const CONTINUING = 4;
/** A parenthesis after it is not an expression, but what its body depends on. */
const HEADER_WORD = 8;
/** Needs a look of its own. */
const SPECIAL = 16;

const WORDS = new Map<string, number>();
for (const [flag, words] of [
  [STATEMENT, 'if for while do else with try switch class function'],
  [CONTINUED, 'new typeof void delete await yield async keyof readonly unique infer asserts return throw case in of'],
  [CONTINUED, 'instanceof as satisfies extends default export import'],
  [CONTINUING, 'else catch finally while as satisfies in of instanceof extends implements is from'],
  [HEADER_WORD, 'if for while with'],
  [SPECIAL, 'using namespace module class accessor'],
] as const) {
  for (const word of words.split(' ')) WORDS.set(word, (WORDS.get(word) ?? 0) | flag);
}
const LONGEST_WORD = Math.max(...[...WORDS.keys()].map((word) => word.length));

/** By the hash of two letters, the lengths, as bits, of the words that begin with them: most words are none of these. */
const LENGTHS = new Uint16Array(256);
for (const word of WORDS.keys()) {
  const at = hashOfTwo(word.charCodeAt(0), word.charCodeAt(1));
  LENGTHS[at] = (LENGTHS[at] ?? 0) | (1 << word.length);
}

function hashOfTwo(first: number, second: number): number {
  return (first * 31 + second) & 255;
}

const DECLARED = /[ \t]+([\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*)/uy;

/** What a token leaves behind: decides whether `/` begins a regular expression and whether a line break ends something. */
const OPERATOR = 0;
const VALUE = 1;
/** The `)` of `if (…)`: what follows is its body. */
const HEADER = 2;
const BLOCK = 3;
/** A word after which something must follow. */
const WORD = 4;

interface Frame {
  /** The estimate outside of this bracket. */
  readonly base: number;
  /** Where the bracket is; for a substitution, where its template began. */
  readonly at: number;
  readonly opensHeader: boolean;
  readonly isTemplate: boolean;
  /** Tokens since the last separator. */
  weight: number;
  /** Type arguments that may be open: `Map<a, Map<a, …`. */
  angles: number;
}

export function scanSource(source: string, nesting: number): ScanResult {
  const scan = new SourceScan(source, nesting);
  scan.run();
  const { usings, decorates, tooDeepAt, highest, highestAt, wideSpaceAt } = scan;
  const suspect = highest >= SUSPECT || wideSpaceAt !== undefined;
  return { usings, decorates, tooDeepAt, suspect, deepestAt: highestAt, wideSpaceAt };
}

/**
 * Whether a glance is enough: no more brackets than may be open, and none of the words that the scan looks for. It knows
 * nothing of what is *suspect*.
 */
export function isSimple(source: string, nesting: number): boolean {
  if (source.length > GLANCE || /@|\busing\b|\baccessor\b/.test(source)) return false;
  return !isOftener(source, /[([{]/g, nesting) && !isOftener(source, /\bclass\b/g, HERITAGE_LIMIT);
}

function isOftener(source: string, pattern: RegExp, times: number): boolean {
  let count = 0;
  while (pattern.test(source)) {
    count += 1;
    if (count > times) return true;
  }
  return false;
}

/** What is still open at the end of the text: a bracket, a template or a comment. */
export function unclosed(source: string): { readonly what: string; readonly at: number } | undefined {
  const scan = new SourceScan(source, Number.POSITIVE_INFINITY);
  scan.run();
  return scan.unclosed();
}

class SourceScan {
  readonly usings: UsingWord[] = [];
  decorates = false;
  highest = 0;
  highestAt = 0;
  tooDeepAt: number | undefined;
  wideSpaceAt: number | undefined;
  readonly #source: string;
  readonly #nesting: number;
  readonly #frames: Frame[] = [];
  #frame: Frame = { base: 0, at: 0, opensHeader: false, isTemplate: false, weight: 0, angles: 0 };
  #previous = OPERATOR;
  #previousWord = '';
  #previousFlags = 0;
  /** Where `#previousWord` stands. */
  #previousAt = 0;
  #lineBroken = false;
  /** Classes in the heritage of each other. */
  #heritage = 0;
  /** In `namespace A.B.C`, which is a namespace in a namespace in a namespace. */
  #inNamespaceName = false;
  #openText: { readonly what: string; readonly at: number } | undefined;
  #at = 0;

  constructor(source: string, nesting: number) {
    this.#source = source;
    this.#nesting = nesting;
  }

  run(): void {
    const source = this.#source;
    while (this.#at < source.length) {
      const code = source.charCodeAt(this.#at);
      if (code === 32 || code === 9) this.#at += 1;
      else if (isWordCode(code)) this.#word();
      else if (isLineEnd(code)) {
        if (code > 127) this.wideSpaceAt ??= this.#at;
        this.#lineBroken = true;
        this.#at += 1;
      } else this.#punctuator(code);
    }
  }

  unclosed(): { readonly what: string; readonly at: number } | undefined {
    if (this.#openText !== undefined) return this.#openText;
    if (this.#frames.length === 0) return undefined;
    const { at, isTemplate } = this.#frame;
    return { what: isTemplate ? 'The template' : `The '${this.#source[at]}'`, at };
  }

  #word(): void {
    const source = this.#source;
    const start = this.#at;
    let end = start + 1;
    let isAscii = source.charCodeAt(start) < 128;
    for (; end < source.length; end += 1) {
      const code = source.charCodeAt(end);
      if (!isWordCode(code)) break;
      if (code > 127) isAscii = false;
    }
    this.#at = end;
    if (!isAscii) this.#lookForSpace(start, end);
    const first = source.charCodeAt(start);
    if (first === 0x40) this.decorates = true; // @
    const length = end - start;
    const mayBeKnown =
      length <= LONGEST_WORD && ((LENGTHS[hashOfTwo(first, source.charCodeAt(start + 1))] ?? 0) & (1 << length)) !== 0;
    const word = mayBeKnown ? source.slice(start, end) : '';
    const flags = mayBeKnown ? (WORDS.get(word) ?? 0) : 0;
    const endsBefore = this.#previous === BLOCK || (this.#previous === VALUE && this.#lineBroken);
    if (endsBefore && (flags & CONTINUING) === 0) this.#separate();
    if ((flags & SPECIAL) !== 0) this.#special(word, start, end);
    this.#lineBroken = false;
    const isStatement = (flags & STATEMENT) !== 0;
    const isContinued = (flags & CONTINUED) !== 0;
    this.#add(isStatement ? WEIGHT_STATEMENT : isContinued ? WEIGHT_OPERATOR : WEIGHT_PLAIN, start);
    this.#previous = isStatement || isContinued ? WORD : VALUE;
    this.#previousFlags = flags;
    this.#previousWord = word;
    this.#previousAt = start;
  }

  #lookForSpace(start: number, end: number): void {
    const at = this.#source.slice(start, end).search(/\s/);
    if (at >= 0) this.wideSpaceAt ??= start + at;
  }

  #special(word: string, start: number, end: number): void {
    if (word === 'class') {
      if (this.#previousWord !== 'extends') return;
      this.#heritage += 1;
      if (this.#heritage > HERITAGE_LIMIT) this.tooDeepAt ??= start;
    } else if (word === 'accessor') this.decorates = true;
    else if (word !== 'using') this.#inNamespaceName = true;
    else if (this.#declares(end)) {
      const isAwait = this.#previous === WORD && this.#previousWord === 'await' && !this.#lineBroken;
      this.usings.push({ at: start, awaitAt: isAwait ? this.#previousAt : undefined });
    }
  }

  /** A name follows on the same line: then `using` cannot be a name itself. */
  #declares(end: number): boolean {
    DECLARED.lastIndex = end;
    const [, name] = DECLARED.exec(this.#source) ?? [];
    return name !== undefined && ((WORDS.get(name) ?? 0) & CONTINUING) === 0;
  }

  #punctuator(code: number): void {
    const at = this.#at;
    this.#at += 1;
    switch (code) {
      case 0x22: // "
      case 0x27: // '
        this.#skipString(code);
        this.#value(at);
        return;
      case 0x60: // `
        this.#value(at);
        this.#templateText(at);
        return;
      case 0x2f: // /
        this.#slash(at);
        return;
      case 0x28: // (
      case 0x5b: // [
      case 0x7b: // {
        this.#open(at, code === 0x28 && this.#previous === WORD && (this.#previousFlags & HEADER_WORD) !== 0, false);
        return;
      case 0x29: // )
      case 0x5d: // ]
      case 0x7d: // }
        this.#close(code);
        return;
      case 0x3b: // ;
        this.#separate();
        break;
      case 0x2c: // ,
        this.#frame.weight = 0;
        break;
      case 0x3c: // <
        if (at > 0 && isWordCode(this.#source.charCodeAt(at - 1))) this.#frame.angles += 1;
        this.#add(WEIGHT_PLAIN, at);
        break;
      case 0x3e: // >
        if (this.#source.charCodeAt(at - 1) !== 0x3d && this.#frame.angles > 0) this.#frame.angles -= 1;
        this.#add(WEIGHT_PLAIN, at);
        break;
      case 0x2e: // .
        this.#add(this.#inNamespaceName ? WEIGHT_OPERATOR : WEIGHT_PLAIN, at);
        break;
      case 0x2b: // +
      case 0x7c: // |
      case 0x26: // &
        this.#add(WEIGHT_PLAIN, at);
        break;
      default:
        this.#add(WEIGHT_OPERATOR, at);
    }
    this.#previous = OPERATOR;
    this.#lineBroken = false;
  }

  #add(weight: number, at: number): void {
    const frame = this.#frame;
    frame.weight += weight;
    const estimate = frame.base + frame.weight + frame.angles * WEIGHT_BRACKET;
    if (estimate > this.highest) {
      this.highest = estimate;
      this.highestAt = at;
    }
  }

  #value(at: number): void {
    this.#add(WEIGHT_PLAIN, at);
    this.#previous = VALUE;
    this.#lineBroken = false;
  }

  #separate(): void {
    this.#heritage = 0;
    this.#inNamespaceName = false;
    this.#frame.weight = 0;
    this.#frame.angles = 0;
  }

  #open(at: number, opensHeader: boolean, isTemplate: boolean): void {
    this.#add(WEIGHT_BRACKET, at);
    const { base, weight, angles } = this.#frame;
    this.#frames.push(this.#frame);
    if (this.#frames.length > this.#nesting) this.tooDeepAt ??= at;
    const estimate = base + weight + angles * WEIGHT_BRACKET;
    this.#frame = { base: estimate, at, opensHeader, isTemplate, weight: 0, angles: 0 };
    this.#previous = OPERATOR;
    this.#lineBroken = false;
    this.#inNamespaceName = false;
  }

  #close(code: number): void {
    const { at: opened, opensHeader, isTemplate } = this.#frame;
    const outer = this.#frames.pop();
    if (outer !== undefined) {
      this.#frame = outer;
      // only what is open counts as depth: a closed bracket is one token of the chain it stands in
      outer.weight += WEIGHT_PLAIN * 2 - WEIGHT_BRACKET;
    }
    this.#previous = code === 0x7d ? BLOCK : opensHeader ? HEADER : VALUE;
    this.#previousWord = '';
    this.#lineBroken = false;
    if (code === 0x7d && isTemplate) this.#templateText(opened);
  }

  #skipString(quote: number): void {
    const source = this.#source;
    while (this.#at < source.length) {
      const code = source.charCodeAt(this.#at);
      if (code === 10 || code === 13) return;
      this.#at += code === 0x5c ? 2 : 1;
      if (code === quote) return;
    }
  }

  /** From a backtick, or from the `}` of a substitution, to the next substitution or the end. */
  #templateText(opened: number): void {
    const source = this.#source;
    this.#previous = VALUE;
    while (this.#at < source.length) {
      const code = source.charCodeAt(this.#at);
      this.#at += code === 0x5c ? 2 : 1;
      if (code === 0x60) return;
      if (code === 0x24 && source.charCodeAt(this.#at) === 0x7b) {
        this.#at += 1;
        this.#open(opened, false, true);
        return;
      }
    }
    this.#openText = { what: 'The template', at: opened };
  }

  #slash(at: number): void {
    const source = this.#source;
    const next = source.charCodeAt(this.#at);
    if (next === 0x2f) {
      while (this.#at < source.length && !isLineEnd(source.charCodeAt(this.#at))) this.#at += 1;
    } else if (next === 0x2a) {
      const end = source.indexOf('*/', this.#at + 1);
      const stop = end < 0 ? source.length : end + 2;
      if (end < 0) this.#openText = { what: 'The comment', at };
      if (source.slice(at, stop).includes('\n')) this.#lineBroken = true;
      this.#at = stop;
    } else if (this.#previous !== VALUE && this.#previous !== BLOCK && this.#skipRegularExpression()) this.#value(at);
    else {
      this.#add(WEIGHT_PLAIN, at);
      this.#previous = OPERATOR;
      this.#lineBroken = false;
    }
  }

  /** False where the line has no end for it: then the slash was a division. */
  #skipRegularExpression(): boolean {
    const source = this.#source;
    let inClass = false;
    for (let at = this.#at; at < source.length; at += 1) {
      const code = source.charCodeAt(at);
      if (isLineEnd(code)) return false;
      if (code === 0x5c) at += 1;
      else if (code === 0x5b) inClass = true;
      else if (code === 0x5d) inClass = false;
      else if (code === 0x2f && !inClass) {
        this.#at = at + 1;
        return true;
      }
    }
    return false;
  }
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13 || code === 0x2028 || code === 0x2029;
}

/** Letters, digits, `_`, `$`, `#`, `@`, `\\` and everything beyond ASCII that does not end a line. */
function isWordCode(code: number): boolean {
  return code < 128 ? ASCII_WORD[code] === 1 : code !== 0x2028 && code !== 0x2029;
}

const ASCII_WORD = Uint8Array.from({ length: 128 }, (_, code) => (/[\w$#@\\]/.test(String.fromCharCode(code)) ? 1 : 0));
