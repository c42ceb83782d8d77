// SecantusDB, a database that speaks MongoDB's protocol and comes from PyPI: installed once, into a virtual environment
// of Python in the workspace's cache.
import { join } from 'node:path';
import { root } from '../deps/workspace.ts';
import { pythonWith } from '../requirements/python.ts';
import type { ServerProgram } from './server.ts';

const VERSION = '0.7.0b3';

export interface SecantusOptions {
  /** As a standalone server: it refuses change streams. @default false */
  readonly standalone?: boolean;
  /** Acknowledged writes survive a kill. @default false */
  readonly sync?: boolean;
  /** Users have to say who they are. They are made before, without it. @default false */
  readonly auth?: boolean;
  /** `configureFailPoint` works. @default false */
  readonly failpoints?: boolean;
}

/** The program, installed first where it is not there. @throws Error that says what was tried */
export async function secantus(options: SecantusOptions = {}): Promise<ServerProgram> {
  const { standalone = false, sync = false, auth = false, failpoints = false } = options;
  return {
    command: await pythonWith(`SecantusDB==${VERSION}`, join(root, 'node_modules/.cache/secantus', VERSION)),
    args: ({ folder, port }) => [
      ...['-c', 'import sys; from secantus.cli import main; sys.exit(main())'],
      ...['--host', '127.0.0.1', '--port', String(port), '--storage-path', join(folder, 'data')],
      ...(standalone ? ['--standalone'] : []),
      ...(sync ? ['--sync-on-commit'] : []),
      ...(auth ? ['--auth'] : []),
      ...(failpoints ? ['--enable-test-commands'] : []),
    ],
    ready: /listening on 127\.0\.0\.1:(\d+)/,
  };
}
