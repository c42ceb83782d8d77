// Puts the page together: messages in, frames out.

import { connect } from './connection.js';
import { Controls } from './controls.js';
import { byId } from './panel/dom.js';
import { Ideas } from './panel/ideas.js';
import { Log } from './panel/log.js';
import { Pulse } from './panel/pulse.js';
import { Feed, Leaders, Match, Toast } from './panel/stage.js';
import { StatusPanel } from './panel/status.js';
import { Scene } from './scene/scene.js';
import { Timeline } from './timeline.js';
import { PROTOCOL } from './wire.js';

const stage = byId('stage');
const canvas = byId('canvas');
const scene = new Scene(canvas);
const timeline = new Timeline();
const controls = new Controls(canvas);
const roster = new Map();
const match = new Match();
const leaders = new Leaders();
const feed = new Feed();
const toast = new Toast();
const log = new Log();
const pulse = new Pulse();
const ideas = new Ideas();
const status = new StatusPanel();
let rate = 20;
let newest = 0;

const enrol = (players) => {
  for (const [id, name, bot] of players) roster.set(id, { name: id === scene.me ? 'You' : name, bot });
};

const receive = {
  welcome(message) {
    // A server with other words than this page knows: its own page is newer.
    if (message.protocol !== PROTOCOL) location.reload();
    rate = message.rate;
    newest = message.tick;
    timeline.reset(rate);
    scene.arena = message.arena;
    scene.items.looks = message.looks;
    roster.clear();
    enrol(message.roster);
    match.show(message.match);
    play(undefined);
  },
  s(message) {
    newest = message.tick;
    timeline.add(message, performance.now());
    if (scene.me !== undefined) {
      const player = lastFrame?.players.find(({ id }) => id === scene.me);
      const input = controls.next(scene.camera.toView(player ?? { x: 0, y: 0 }));
      if (input) connection.send(input);
    }
  },
  you: ({ id }) => play(id),
  join: ({ players }) => enrol(players),
  leave({ ids }) {
    for (const id of ids) roster.delete(id);
  },
  look({ index, look }) {
    scene.items.looks[index] = look;
  },
  match: (message) => match.show(message.match),
  say: ({ text, tone }) => feed.say(text, tone),
  status({ status: now }) {
    status.show(now);
    pulse.add(now.worst);
    ideas.folder = now.scripts;
  },
  history({ entries, pulse: seconds }) {
    log.show(entries);
    pulse.show(seconds, entries, newest / rate);
    const last = entries.at(-1);
    if (last) status.release(last.release);
  },
  reload({ entry }) {
    log.add(entry);
    toast.show(entry);
    if (entry.kind === 'committed') {
      scene.kindle();
      status.kindle();
      status.release(entry.release);
      pulse.mark('committed');
    } else if (entry.kind === 'refused') {
      scene.warn();
      pulse.mark('refused');
    }
  },
};

const connection = connect({
  onMessage: (message) => receive[message.t]?.(message),
  onState: (state) => {
    status.connection(state);
    stage.classList.toggle('lost', state === 'lost');
  },
});

// Playing oneself

const playButton = document.querySelector('[data-play=button]');
const playKeys = document.querySelector('[data-play=keys]');

function play(id) {
  scene.me = id;
  stage.classList.toggle('playing', id !== undefined);
  playButton.textContent = id === undefined ? 'Join the match' : 'Leave';
  playKeys.hidden = id === undefined;
}

playButton.addEventListener('click', () => {
  playButton.blur();
  if (scene.me === undefined) connection.send(JSON.stringify({ t: 'join', name: 'Guest', bot: false }));
  else {
    connection.send(JSON.stringify({ t: 'leave' }));
    play(undefined);
  }
});

// Frames

let lastTime = performance.now();
let lastFrame;
let nextLeaders = 0;

function draw(time) {
  const seconds = Math.min(0.1, (time - lastTime) / 1000);
  lastTime = time;
  const frame = timeline.at(performance.now());
  if (frame) {
    lastFrame = frame;
    scene.draw(frame, seconds, roster, scene.me === undefined ? controls.pointer : undefined);
    match.tick((frame.tick / rate) * 1000);
    if (time > nextLeaders) {
      nextLeaders = time + 250;
      leaders.show(frame.players, roster, scene.me);
    }
  }
  requestAnimationFrame(draw);
}

requestAnimationFrame(draw);
