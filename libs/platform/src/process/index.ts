/** What a process needs before Nest is loaded. */
export { commonVariables, type LogFormat, type LogLevel } from '../config/anchor-config.js';
export * from '../config/environment.js';
export * from '../log/log-file.js';
export * from '../log/logger.js';
export * from './parent.js';
export * from './program.js';
export * from './read-config.js';
export * from './run-process.js';
export * from './software.js';
