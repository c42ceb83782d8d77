// A headless Chromium for tests and proofs, driven with playwright-core. One browser a file is enough: contexts are
// cheap and isolated. Whoever launches it closes it.
import { type Browser, chromium } from 'playwright-core';
import { findChromium } from './find.ts';

/** No sandbox, because CI runs as root in a container; nothing that phones home or asks. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @throws Error where there is no Chromium and none can be installed; see `findChromium`. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: await findChromium(), headless: true, args });
}
