export * from './fake-content.js';
export * from './fake-file-system.js';
export * from './faults.js';
export * from './memory-locks.js';
export * from './system-error.js';
export { fileSystemContract, type FileSystemUnderTest } from './file-system-contract.js';
export * from './sample-file.js';
export * from './sample-tree.js';
