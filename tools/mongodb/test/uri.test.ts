import { expect, it } from 'vitest';
import { uriOf } from '../uri.ts';

it.each([
  ['mongodb://127.0.0.1:27017', 'mongodb://127.0.0.1:27017/x'],
  ['mongodb://127.0.0.1:27017/?directConnection=true', 'mongodb://127.0.0.1:27017/x?directConnection=true'],
  ['mongodb+srv://db.example/?w=1', 'mongodb+srv://db.example/x?w=1'],
  ['mongodb://dana:p%40ss@a:1,b:2/arena', 'mongodb://dana:p%40ss@a:1,b:2/x?authSource=arena'],
  ['mongodb://dana@a/arena?authSource=users', 'mongodb://dana@a/x?authSource=users'],
])('%s names database x as %s', (server, expected) => {
  expect(uriOf(server, 'x')).toBe(expected);
});

it('refuses what is no URI', () => {
  expect(() => uriOf('localhost', 'x')).toThrow("'localhost' is no MongoDB URI");
});
