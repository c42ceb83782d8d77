// Imported before a game: it dies at the step of changing the disk that KILLS_STEP names.
import { begin } from './step-counter.ts';

begin(Number(process.env['KILLS_STEP'] ?? 0));
