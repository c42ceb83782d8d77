/** The entry: what is imported here is what the arena plays by, and in each tick it runs in this order. */
import './match/index.ts';
import './rules/respawn.ts';
import './rules/movement.ts';
import './rules/combat.ts';
import './rules/scoring.ts';
import './items/collect.ts';
import './items/spawner.ts';
import './items/trophy.ts';
import './npc/index.ts';
import './chat/announcer.ts';
