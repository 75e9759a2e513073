export * from './chunk-name.js';
export * from './chunk-size.js';
export * from './manifest.js';
