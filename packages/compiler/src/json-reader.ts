/**
 * Where a text stops being JSON, and in which words: `JSON.parse` does not say where, and differs in each V8.
 *
 * It only finds the first fault; values are `JSON.parse`'s business. The brackets that are open are a list, not the call
 * stack, so no depth is too deep for it.
 */

import { LineIndex } from './positions.ts';

export interface JsonFault {
  readonly message: string;
  readonly at: number;
  readonly hint?: string | undefined;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_$][\w$]*/y;

/** The first thing in a text that is not JSON; to be asked about a text that `JSON.parse` refused. */
export function firstJsonFault(text: string): JsonFault {
  return new JsonReader(text).firstFault();
}

/** Reads JSON by the letter until something is wrong. */
class JsonReader {
  readonly #text: string;
  #at = 0;
  readonly #open: { readonly bracket: string; readonly at: number }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  firstFault(): JsonFault {
    try {
      this.#document();
    } catch (fault) {
      if (fault instanceof JsonStop) return fault;
      throw fault;
    }
    return { message: 'This is not JSON', at: 0 };
  }

  #document(): void {
    this.#value();
    for (;;) {
      const open = this.#open.at(-1);
      this.#space();
      const next = this.#text[this.#at];
      if (open === undefined) {
        if (next === undefined) return;
        this.#stop('Expected the end of the file after the value');
      }
      const closing = open?.bracket === '{' ? '}' : ']';
      if (next === closing) {
        this.#open.pop();
        this.#at += 1;
      } else if (next === ',') {
        const comma = this.#at;
        this.#at += 1;
        this.#space();
        if (this.#text[this.#at] === closing) {
          this.#at = comma;
          this.#stop(`A comma before '${closing}'`, 'JSON has no trailing commas: remove it.');
        }
        if (closing === '}') this.#key();
        this.#value();
      } else this.#stop(`Expected ',' or '${closing}'`);
    }
  }

  #value(): void {
    for (;;) {
      this.#space();
      const next = this.#text[this.#at];
      if (next === '"') {
        this.#string();
        return;
      }
      if (next === '{' || next === '[') {
        this.#open.push({ bracket: next, at: this.#at });
        this.#at += 1;
        this.#space();
        const after = this.#text[this.#at];
        if (after === (next === '{' ? '}' : ']')) {
          this.#open.pop();
          this.#at += 1;
          return;
        }
        if (next === '{') this.#key();
        continue;
      }
      if (next === '-' || (next !== undefined && next >= '0' && next <= '9')) this.#number();
      else this.#keyword();
      return;
    }
  }

  #key(): void {
    this.#space();
    if (this.#text[this.#at] !== '"') this.#stop('Expected a name in double quotes', this.#quoteHint());
    this.#string();
    this.#space();
    if (this.#text[this.#at] !== ':') this.#stop("Expected ':' after the name");
    this.#at += 1;
  }

  #string(): void {
    const start = this.#at;
    this.#at += 1;
    for (;;) {
      const character = this.#text[this.#at];
      if (character === '"') {
        this.#at += 1;
        return;
      }
      if (character === undefined || character === '\n' || character === '\r') {
        this.#at = start;
        this.#stop('The string is not closed');
      }
      if ((character as string) < ' ') this.#stop('A control character in a string', "Write it as '\\u00…'.");
      if (character === '\\') {
        const escaped = /^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(this.#text.slice(this.#at, this.#at + 6));
        if (escaped === null) this.#stop('JSON has no such escape');
        this.#at += escaped?.[0].length ?? 1;
      } else this.#at += 1;
    }
  }

  #number(): void {
    NUMBER.lastIndex = this.#at;
    const [number] = NUMBER.exec(this.#text) ?? [];
    const end = this.#at + (number?.length ?? 0);
    if (number === undefined || /[\w.]/.test(this.#text[end] ?? '')) this.#stop('JSON has no such number');
    this.#at = end;
  }

  #keyword(): void {
    WORD.lastIndex = this.#at;
    const [word] = WORD.exec(this.#text) ?? [];
    if (word !== 'true' && word !== 'false' && word !== 'null') this.#stop('Expected a value', this.#quoteHint());
    this.#at += word?.length ?? 0;
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at += 1;
    if (this.#text[this.#at] === '/' && /[/*]/.test(this.#text[this.#at + 1] ?? '')) {
      this.#stop('A comment', 'JSON has no comments: remove it.');
    }
  }

  #quoteHint(): string | undefined {
    return this.#text[this.#at] === "'" ? 'JSON has double quotes only.' : undefined;
  }

  #stop(message: string, hint?: string): never {
    if (this.#at < this.#text.length) throw new JsonStop(message, this.#at, hint);
    const open = this.#open.at(-1);
    const { line, column } = new LineIndex(this.#text).positionAt(open?.at ?? 0);
    const unclosed = open === undefined ? hint : `The '${open.bracket}' at ${line}:${column} is not closed.`;
    throw new JsonStop('The file ends in the middle of something', this.#at, unclosed);
  }
}

class JsonStop extends Error implements JsonFault {
  readonly at: number;
  readonly hint: string | undefined;

  constructor(message: string, at: number, hint?: string) {
    super(message);
    this.at = at;
    this.hint = hint;
  }
}
