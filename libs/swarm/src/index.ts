export * from './announce.js';
export * from './decision.js';
export * from './download-swarm.js';
export * from './grant-pass.js';
export * from './settings.js';
export type { SourceFacts } from './source.js';
export type { SwarmOptions } from './swarm-state.js';
export { Tally, type WasteCause } from './tally.js';
export * from './upload-queue.js';
