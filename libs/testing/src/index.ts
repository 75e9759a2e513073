export * from './broker/index.js';
export * from './registry/index.js';
export * from './private-redis.js';
export * from './file-system/index.js';
