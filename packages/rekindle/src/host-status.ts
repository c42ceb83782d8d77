/** Where a host stands, as one value; it keeps nothing but what the stores said last. */

import type { EventType, NamespaceStatus, RekindleEvent } from '@rekindle/reload';

/** Whether the stores can be read; times are milliseconds since the epoch. */
export type StoreStatus =
  | { readonly state: 'connected' }
  | { readonly state: 'lost'; readonly since: number; readonly error: unknown }
  | { readonly state: 'polling'; readonly since: number; readonly interval: number; readonly reason: unknown };

/** Where a host stands. */
export interface HostStatus {
  /** `idle` before `start`. */
  readonly state: 'idle' | 'following' | 'closed';
  readonly stores: StoreStatus;
  /** The namespace `main` first. */
  readonly namespaces: readonly NamespaceStatus[];
}

const CHANGES: ReadonlySet<EventType> = new Set<EventType>([
  'host:booted',
  'release:barred',
  'module:loaded',
  'module:unloaded',
  'reload:committed',
  'reload:refused',
  'reload:rolled-back',
  'reload:held',
  'follow:held',
  'follow:resumed',
  'store:connected',
  'store:lost',
  'store:polling',
]);

/** True for an event after which the host stands elsewhere. */
export function changesStatus({ type }: RekindleEvent): boolean {
  return CHANGES.has(type);
}

/** What is known of the stores after an event. */
export function storeStatusAfter(before: StoreStatus, event: RekindleEvent): StoreStatus {
  switch (event.type) {
    case 'store:connected':
      return { state: 'connected' };
    case 'store:lost':
      return before.state === 'lost' ? before : { state: 'lost', since: event.time, error: event.error };
    case 'store:polling':
      return { state: 'polling', since: event.time, interval: event.interval, reason: event.reason };
    default:
      return before;
  }
}
