import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { folderStore } from '../src/index.ts';
import { temporaryFolder } from './temporary-folder.ts';

const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Dana', '-c', 'user.email=dana@example.com', ...args], { cwd, stdio: 'pipe' });

describe('a folder whose tree git is writing', () => {
  it('says so while the lock of the index is there, also from a folder below the repository', async () => {
    const folder = temporaryFolder({ 'game/scripts/main.ts': '' });
    git(folder.path, 'init', '-q');
    const store = folderStore(folder.at('game/scripts'));
    expect(await store.unsettled()).toBe(false);
    fs.writeFileSync(folder.at('.git/index.lock'), '');
    expect(await store.unsettled()).toBe(true);
    fs.rmSync(folder.at('.git/index.lock'));
    expect(await store.unsettled()).toBe(false);
  });

  it('does not take a lock for one that a dead git left', async () => {
    const folder = temporaryFolder({ 'main.ts': '' });
    git(folder.path, 'init', '-q');
    fs.writeFileSync(folder.at('.git/index.lock'), '');
    const past = Date.now() / 1_000 - 11;
    fs.utimesSync(folder.at('.git/index.lock'), past, past);
    expect(await folderStore(folder.path).unsettled()).toBe(false);
  });

  it('finds the lock of a worktree', async () => {
    const folder = temporaryFolder({ 'repository/main.ts': '' });
    git(folder.at('repository'), 'init', '-q');
    git(folder.at('repository'), 'add', '.');
    git(folder.at('repository'), 'commit', '-qm', 'first');
    git(folder.at('repository'), 'worktree', 'add', '-q', folder.at('tree'));
    const store = folderStore(folder.at('tree'));
    expect(await store.unsettled()).toBe(false);
    fs.writeFileSync(folder.at('repository/.git/worktrees/tree/index.lock'), '');
    expect(await store.unsettled()).toBe(true);
  });

  it('is at rest where there is no git', async () => {
    expect(await folderStore(temporaryFolder({ 'main.ts': '' }).path).unsettled()).toBe(false);
  });
});
