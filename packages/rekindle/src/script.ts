/**
 * `rekindle/script`: what a script asks Rekindle for.
 *
 * In a host, each importing version gets functions bound to itself. This file is what Node itself finds: a script that is
 * imported directly, by a test say, just runs things once.
 */

import { standalone } from '@rekindle/state';

export const { state, effect, listen, live, own, schedule, signal, task } = standalone;

export type {
  AddEffect,
  AddSchedule,
  AddTask,
  DownSteps,
  Listen,
  LiveFunction,
  MakeLive,
  SlotOptions,
  State,
  UpSteps,
} from '@rekindle/state';
