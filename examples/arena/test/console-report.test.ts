import { expect, test } from 'vitest';
import { ConsoleReport } from '../src/console-report.ts';
import type { ReloadEvent } from '../src/reload-log.ts';

function printed(tell: (report: ConsoleReport) => void, colour = false): string {
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  tell(new ConsoleReport({ scripts: 'examples/arena/scripts', write, colour }));
  return text;
}

const entry = (event: ReloadEvent, release: number) => ({ ...event, release, id: 1, time: 0, tick: 0 });

const missingExport = {
  code: 'MISSING_EXPORT',
  message: "'clampSpeed' is not exported by 'rules/limits.ts'. Did you mean 'clamp'?",
  module: 'rules/movement.ts',
  line: 12,
  column: 10,
  frame: [
    "  11 | import { maxSpeed } from './limits.ts';",
    "> 12 | import { clampSpeed } from './limits.ts';",
    '     |          ^^^^^^^^^^',
  ].join('\n'),
  hint: 'limits.ts exports: clamp, maxSpeed.',
};

test('the first minute', () => {
  const text = printed((report) => {
    report.started({ url: 'http://127.0.0.1:7777', bots: 100 });
    report.reload(entry({ kind: 'loaded', modules: 14, duration: 61.3 }, 1));
    report.reload(
      entry(
        {
          kind: 'committed',
          changed: ['rules/movement.ts'],
          ran: ['rules/movement.ts'],
          kept: 13,
          duration: 1.234,
          pause: 0.1,
        },
        2,
      ),
    );
    report.reload(entry({ kind: 'refused', faults: [missingExport] }, 2));
  });
  expect(text).toBe(`\
arena  http://127.0.0.1:7777   scripts: examples/arena/scripts   100 bots
arena  release 1   14 modules   loaded in 61 ms
       edit examples/arena/scripts/rules/movement.ts and save
reload  release 2   rules/movement.ts   1 module ran, 13 kept   1.2 ms (pause 0.1 ms)
refused rules/movement.ts:12:10
        'clampSpeed' is not exported by 'rules/limits.ts'. Did you mean 'clamp'?

          11 | import { maxSpeed } from './limits.ts';
        > 12 | import { clampSpeed } from './limits.ts';
             |          ^^^^^^^^^^

        limits.ts exports: clamp, maxSpeed. Release 2 keeps running.

`);
});

test('many modules are told by number', () => {
  const changed = ['a.ts', 'b.ts', 'c.ts', 'd.ts', 'e.ts'];
  const text = printed((report) =>
    report.reload(entry({ kind: 'committed', changed, ran: [], kept: 5, duration: 3, pause: 0.2 }, 4)),
  );
  expect(text).toBe(
    'reload  release 4   a.ts, b.ts, c.ts and 2 more   0 modules ran, 5 kept   3.0 ms (pause 0.2 ms)\n',
  );
});

test('a fault without a place still says what to do', () => {
  const fault = { code: 'NO_ENTRY', message: "There is no 'main.ts'.", hint: 'Write one.' };
  expect(printed((report) => report.notLoaded([fault]))).toBe(`\
refused There is no 'main.ts'.

        Write one. The arena cannot start without it.

`);
});

test('colour changes no column', () => {
  const tell = (report: ConsoleReport) => report.reload(entry({ kind: 'refused', faults: [missingExport] }, 2));
  const coloured = printed(tell, true);
  expect(coloured).toContain('\u001b[');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colour is made of.
  expect(coloured.replace(/\u001b\[[\d;]*m/g, '')).toBe(printed(tell));
});

test('a probable mistake is shown with its line', () => {
  const fault = {
    code: 'LISTENER_LEFT',
    message: "'bus.on' at top level is not taken back when this version ends.",
    module: 'npc/orc.ts',
    line: 2,
    column: 5,
    frame: "> 2 | bus.on('chat', hear);",
    hint: 'Write listen(bus, …).',
  };
  const text = printed((report) => report.reload(entry({ kind: 'warning', fault }, 3)));
  expect(text).toContain('warning npc/orc.ts:2:5\n');
  expect(text).toContain("> 2 | bus.on('chat', hear);");
  expect(text).toContain('Write listen(bus, …).');
});
