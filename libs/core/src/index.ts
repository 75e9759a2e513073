export * from './bitfield.js';
export * from './clock.js';
export * from './digest.js';
export * from './errors.js';
export * from './ids.js';
export * from './random.js';
export * from './ranges.js';
export * from './units.js';
