export * from './anchor-config.js';
export * from './anchor.providers.js';
export * from './run-anchor-process.js';
