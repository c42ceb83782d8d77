/** '@arena/api' for the editor and the compiler of the scripts: the members of `ArenaApi`, each as an export. */
import type { ArenaApi } from '../src/api.ts';

export type { Kill } from '../src/bus.ts';
export type { Hit, Item, Look, Match, Npc, Pillar, Player, Shot, Tone, Vector } from '../src/entities.ts';

export declare const arena: ArenaApi['arena'];
export declare const players: ArenaApi['players'];
export declare const npcs: ArenaApi['npcs'];
export declare const shots: ArenaApi['shots'];
export declare const items: ArenaApi['items'];
export declare const match: ArenaApi['match'];
export declare const now: ArenaApi['now'];
export declare const random: ArenaApi['random'];
export declare const onTick: ArenaApi['onTick'];
export declare const onJoin: ArenaApi['onJoin'];
export declare const onLeave: ArenaApi['onLeave'];
export declare const onHit: ArenaApi['onHit'];
export declare const onDeath: ArenaApi['onDeath'];
export declare const onPickup: ArenaApi['onPickup'];
export declare const defineItem: ArenaApi['defineItem'];
export declare const place: ArenaApi['place'];
export declare const spawnNpc: ArenaApi['spawnNpc'];
export declare const spawnItem: ArenaApi['spawnItem'];
export declare const shoot: ArenaApi['shoot'];
export declare const remove: ArenaApi['remove'];
export declare const hit: ArenaApi['hit'];
export declare const pickUp: ArenaApi['pickUp'];
export declare const show: ArenaApi['show'];
export declare const setMatch: ArenaApi['setMatch'];
export declare const say: ArenaApi['say'];
export declare const bus: ArenaApi['bus'];
