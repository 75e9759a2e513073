export * from './broker/index.js';
export * from './log/log.js';
