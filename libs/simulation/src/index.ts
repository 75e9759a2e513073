export * from './plan.js';
export { World } from './world.js';
export type { Peer } from './peer.js';
export * from './bounds.js';
export * from './report.js';
