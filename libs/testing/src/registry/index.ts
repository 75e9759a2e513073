export * from './accusation-registry-contract.js';
export * from './builders.js';
export * from './distribution-registry-contract.js';
export * from './holder-registry-contract.js';
export * from './holdings-converge-contract.js';
export * from './manifest-registry-contract.js';
export * from './memory-registries.js';
export * from './peer-registry-contract.js';
