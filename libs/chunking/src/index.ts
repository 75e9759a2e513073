export * from './chunk-name.js';
export * from './chunk-size.js';
export * from './file-reader.js';
export * from './manifest.js';
