/** What whoever keeps good releases is told of those on their way; the namespace tells, and asks for nothing. */

import type { Manifest } from '@rekindle/store';
import type { ReleaseInfo } from './events.ts';
import type { Settled } from './probation.ts';

/** Each release that begins is dropped or committed later. */
export interface ReleaseTrials {
  /** Before anything of a release is compiled. Never rejects; the release waits for it. */
  begin(release: ReleaseInfo): Promise<void>;
  /** It does not run: it was refused or superseded, or could not be read. */
  dropped(release: ReleaseInfo): void;
  /** It runs; `settled` tells how its probation ended, also that of a first release, which nothing can take back. */
  committed(release: ReleaseInfo, manifest: Manifest, settled: Promise<Settled>): void;
  /** An earlier release runs again in the place of `from`. */
  wentBack(from: ReleaseInfo, release: ReleaseInfo, manifest: Manifest, settled: Promise<Settled>): void;
}
