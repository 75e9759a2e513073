/** Apart from the rest, so that a process without `/metrics` does not load what it takes. */
export * from './metrics.controller.js';
export * from './metrics.js';
