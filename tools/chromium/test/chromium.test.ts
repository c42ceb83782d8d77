import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { obtain } from '../../requirements/obtain.ts';
import { chromium, findChromium } from '../find.ts';
import { launchChromium } from '../launch.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('finding Chromium', () => {
  it('believes CHROME_PATH, whatever stands elsewhere', async () => {
    vi.stubEnv('CHROME_PATH', process.execPath);
    expect(await findChromium()).toBe(process.execPath);
  });

  it('names a CHROME_PATH that cannot be run instead of looking elsewhere', async () => {
    vi.stubEnv('CHROME_PATH', '/no/such/browser');
    await expect(findChromium()).rejects.toThrow("CHROME_PATH is '/no/such/browser', which cannot be run.");
  });
});

describe.runIf(process.platform === 'linux')('a machine without Chromium', () => {
  it('gets the package of the system, once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rekindle-chromium-'));
    try {
      const installer = `#!/bin/sh\necho "$@" >> ${folder}/calls\n[ "$1" != install ] || cp ${folder}/sh ${folder}/chromium\n`;
      await writeFile(join(folder, 'apt-get'), installer);
      await chmod(join(folder, 'apt-get'), 0o755);
      for (const tool of ['sh', 'cp', 'flock']) await symlink(`/usr/bin/${tool}`, join(folder, tool));
      vi.stubEnv('PATH', folder);
      vi.stubEnv('CHROME_PATH', '');
      vi.spyOn(process, 'getuid').mockReturnValue(0);
      const said = vi.spyOn(console, 'error').mockReturnValue();

      expect(await findChromium()).toBe(join(folder, 'chromium'));
      expect(await findChromium()).toBe(join(folder, 'chromium'));

      const calls = await readFile(join(folder, 'calls'), 'utf8');
      expect(calls).toBe('--version\nupdate\ninstall -y chromium\n');
      expect(said.mock.calls.flat()[0]).toMatch(/^chromium: not found, installing it/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('names what it tried where nothing may be installed', async () => {
    vi.stubEnv('PATH', '/no/such/folder');
    vi.stubEnv('CHROME_PATH', '');
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    await expect(findChromium()).rejects.toThrow('No Chromium on the PATH, and no root with apt-get to install it.');
  });
});

const browserPath = await obtain(chromium);

describe.runIf(browserPath !== undefined)('a launched Chromium', () => {
  it('runs a page', async () => {
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.setContent('<title>arena</title><script>document.title += " " + (40 + 2)</script>');
      expect(await page.title()).toBe('arena 42');
    } finally {
      await browser.close();
    }
  });
});
