/**
 * One bot: a WebSocket client with a brain, and the checks that a suspicious player would make.
 *
 * It keeps count of ticks: a snapshot whose number does not follow the last one, a silence that is too long, or a
 * connection that ends is a problem, and told. It never reconnects by itself: whoever runs bots wants to know.
 */

import { WebSocket } from 'ws';
import { radiansToTurns, type ServerMessage, type Snapshot } from '../protocol.ts';
import { type Random, seededRandom } from '../random.ts';
import { Brain, someTemper } from './brain.ts';
import type { BotProblem } from './messages.ts';
import { View } from './view.ts';

/** Milliseconds without a snapshot that count as a silence. */
const SILENCE = 500;

export interface BotOptions {
  /** `http://127.0.0.1:7777` */
  readonly url: string;
  readonly name: string;
  readonly seed: number;
  readonly onProblem: (problem: BotProblem) => void;
}

export class Bot {
  readonly name: string;
  /** Snapshots received. */
  snapshots = 0;
  /** Number of the last tick seen; 0 before the first. */
  tick = 0;
  /** The longest time between two snapshots, in ms. */
  longestGap = 0;
  /** Resolves with the first snapshot in which this bot plays; rejects when the connection ends before. */
  readonly playing: Promise<void>;
  #socket: WebSocket;
  #view = new View();
  #random: Random;
  #brain: Brain | undefined;
  #id: number | undefined;
  #last = 0;
  #sent = '';
  #closing = false;
  #onProblem: BotOptions['onProblem'];
  #begin: () => void = () => {};

  constructor({ url, name, seed, onProblem }: BotOptions) {
    this.name = name;
    this.#random = seededRandom(seed);
    this.#onProblem = onProblem;
    this.#socket = new WebSocket(`${url.replace(/^http/, 'ws')}/socket`, { perMessageDeflate: false });
    this.playing = new Promise((resolve, reject) => {
      this.#begin = resolve;
      this.#socket.on('close', (code, reason) => {
        const text = `Connection closed (${code}${reason.length > 0 ? `, ${reason}` : ''})`;
        if (!this.#closing) this.#report('closed', text);
        reject(new Error(text));
      });
    });
    // Whoever waits for `playing` sees the rejection; nobody has to.
    this.playing.catch(() => {});
    this.#socket.on('error', (error) => this.#report('failed', error.message));
    this.#socket.on('open', () => this.#socket.send(JSON.stringify({ t: 'join', name, bot: true })));
    this.#socket.on('message', (data) => this.#receive(JSON.parse(data.toString()) as ServerMessage));
  }

  close(): Promise<void> {
    this.#closing = true;
    if (this.#socket.readyState === WebSocket.CLOSED) return Promise.resolve();
    return new Promise((resolve) => {
      this.#socket.once('close', () => resolve());
      this.#socket.close();
    });
  }

  #receive(message: ServerMessage): void {
    switch (message.t) {
      case 'welcome':
        this.#brain = new Brain(someTemper(this.#random), message.arena, this.#random);
        this.#view.looks.push(...message.looks);
        return;
      case 'look':
        this.#view.looks[message.index] = message.look;
        return;
      case 'you':
        this.#id = message.id;
        return;
      case 's':
        this.#play(message);
    }
  }

  #play(snapshot: Snapshot): void {
    const now = performance.now();
    if (this.snapshots > 0) {
      const gap = now - this.#last;
      this.longestGap = Math.max(this.longestGap, gap);
      if (gap > SILENCE) this.#report('silence', `No snapshot for ${Math.round(gap)} ms before tick ${snapshot.tick}`);
      if (snapshot.tick !== this.tick + 1) {
        this.#report('gap', `Tick ${snapshot.tick} came after tick ${this.tick}`);
      }
    }
    this.snapshots++;
    this.#last = now;
    this.tick = snapshot.tick;
    this.#view.show(snapshot);
    if (this.#id === undefined || !this.#brain) return;
    this.#begin();
    // Ten decisions a second, and not all bots in the same tick.
    if ((snapshot.tick + this.#id) % 2 === 0) this.#send(this.#brain.think(this.#view, this.#id));
  }

  #send({ x, y, aim, fire }: ReturnType<Brain['think']>): void {
    const input = JSON.stringify(['i', Math.round(x * 100), Math.round(y * 100), radiansToTurns(aim), fire ? 1 : 0]);
    if (input === this.#sent || this.#socket.readyState !== WebSocket.OPEN) return;
    this.#sent = input;
    this.#socket.send(input);
  }

  #report(kind: BotProblem['kind'], text: string): void {
    this.#onProblem({ bot: this.name, kind, text, tick: this.tick });
  }
}
