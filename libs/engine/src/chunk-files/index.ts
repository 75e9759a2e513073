export * from './chunk-file-scan.js';
export * from './find-manifest-file.js';
export * from './join-chunk-files.js';
export * from './split-file.js';
