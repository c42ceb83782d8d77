/**
 * What the terminal shows: where the arena is, one line for each reload, and the place of whatever was refused.
 *
 * Only words and columns; what happened is decided elsewhere. Colour only where a person reads.
 */

import { renderDiagnostic } from 'rekindle';
import type { BotProblem } from './bots/messages.ts';
import type { Fault, ReloadEntry } from './reload-log.ts';

/** Columns before the text of a reload, and before that of the greeting. */
const INDENT = 8;
const GREETING = 7;
/** Milliseconds in which what many bots say is told as one. */
const TOGETHER = 1000;
/** Milliseconds between two lines that only say that the machine is busy. */
const BUSY_EVERY = 60_000;

const COLOURS = { ember: '38;5;209', red: '38;5;203', gold: '38;5;221', faint: '2', bold: '1' } as const;

export interface ConsoleReportOptions {
  /** The scripts' folder as a person would type it. */
  readonly scripts: string;
  /** How they can be changed. @default `edit …/rules/movement.ts and save` */
  readonly advice?: string;
  /** @default to the standard output */
  readonly write?: (text: string) => void;
  /** @default on a terminal, unless NO_COLOR is set */
  readonly colour?: boolean;
}

export class ConsoleReport {
  #scripts: string;
  #advice: string;
  #write: (text: string) => void;
  #colour: boolean;
  #problems: BotProblem[] = [];
  #timer: NodeJS.Timeout | undefined;
  #busyAgain = 0;

  constructor({ scripts, advice, write, colour }: ConsoleReportOptions) {
    this.#scripts = scripts;
    this.#advice = advice ?? `edit ${scripts}/rules/movement.ts and save`;
    this.#write = write ?? ((text) => process.stdout.write(text));
    this.#colour = colour ?? (process.stdout.isTTY === true && !process.env['NO_COLOR']);
  }

  started({ url, bots }: { readonly url: string; readonly bots: number }): void {
    this.#line(
      'arena',
      'ember',
      `${this.#paint('bold', url)}   scripts: ${this.#scripts}   ${count(bots, 'bot')}`,
      GREETING,
    );
  }

  reload(entry: ReloadEntry): void {
    switch (entry.kind) {
      case 'loaded':
        this.#line(
          'arena',
          'ember',
          `release ${entry.release}   ${count(entry.modules, 'module')}   loaded in ${Math.round(entry.duration)} ms`,
          GREETING,
        );
        this.#line('', 'faint', this.#advice, GREETING);
        return;
      case 'committed': {
        const { release, changed, ran, kept, duration, pause } = entry;
        const figures = `${count(ran.length, 'module')} ran, ${kept} kept   ${duration.toFixed(1)} ms`;
        this.#line(
          'reload',
          'ember',
          `release ${release}   ${list(changed)}   ${figures} (pause ${pause.toFixed(1)} ms)`,
        );
        return;
      }
      case 'refused':
        this.#refused(entry.faults, `Release ${entry.release} keeps running.`);
        return;
      case 'error':
        this.#line('error', 'red', `${place(entry.fault)}   ${entry.fault.message}`);
        return;
      case 'warning':
        this.#write(`${renderDiagnostic(entry.fault, { label: 'warning', colour: this.#colour })}\n\n`);
        return;
      default:
        entry satisfies never;
    }
  }

  /** How things stand with the stores. */
  store(text: string, trouble: boolean): void {
    this.#line('store', trouble ? 'gold' : 'faint', text);
  }

  /** The scripts did not load: there is no release to go on with. */
  notLoaded(faults: readonly Fault[]): void {
    this.#refused(faults, 'The arena cannot start without it.');
  }

  /**
   * A hundred bots see the same at once: told in one line. That snapshots come late is a sign of a busy machine, where
   * it goes on and on, and is seldom told.
   */
  botProblem(problem: BotProblem): void {
    if (problem.kind === 'silence') {
      const now = performance.now();
      if (now < this.#busyAgain) return;
      this.#busyAgain = now + BUSY_EVERY;
    }
    this.#problems.push(problem);
    this.#timer ??= setTimeout(() => this.#tellProblems(), TOGETHER).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #tellProblems(): void {
    this.#timer = undefined;
    const [first] = this.#problems;
    const bots = new Set(this.#problems.map(({ bot }) => bot)).size;
    this.#problems = [];
    if (!first) return;
    if (first.kind === 'silence') this.#line('bots', 'faint', `the machine is busy: ${lowerFirst(first.text)}`);
    else this.#line('bots', 'red', `${count(bots, 'bot')} in trouble; ${first.bot}: ${lowerFirst(first.text)}`);
  }

  #refused(faults: readonly Fault[], conclusion: string): void {
    faults.forEach((fault, index) => {
      const last = index === faults.length - 1;
      const hint = [fault.hint, last ? conclusion : undefined].filter((part) => part !== undefined).join(' ');
      const diagnostic = hint === '' ? fault : { ...fault, hint };
      this.#write(`${renderDiagnostic(diagnostic, { label: 'refused', colour: this.#colour })}\n\n`);
    });
  }

  #line(label: string, colour: keyof typeof COLOURS, text: string, indent = INDENT): void {
    const padding = ' '.repeat(Math.max(1, indent - label.length));
    this.#write(`${label ? this.#paint(colour, label) : ''}${padding}${text}\n`);
  }

  #paint(colour: keyof typeof COLOURS, text: string): string {
    return this.#colour ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text;
  }
}

function place({ module, line, column }: Fault): string {
  return [module ?? 'scripts', line, column].filter((part) => part !== undefined).join(':');
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function list(ids: readonly string[]): string {
  return ids.length > 3 ? `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more` : ids.join(', ');
}
