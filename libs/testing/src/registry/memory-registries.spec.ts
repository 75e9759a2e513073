import { describe } from '@jest/globals';
import { accusationRegistryContract } from './accusation-registry-contract.js';
import { distributionRegistryContract } from './distribution-registry-contract.js';
import { followRegistryContract } from './follow-registry-contract.js';
import { holderRegistryContract } from './holder-registry-contract.js';
import { holdingsConvergeContract } from './holdings-converge-contract.js';
import { manifestRegistryContract } from './manifest-registry-contract.js';
import { memoryRegistries } from './memory-registries.js';
import { peerRegistryContract } from './peer-registry-contract.js';
import { placementRegistryContract } from './placement-registry-contract.js';
import { restoreContract } from './restore-contract.js';
import { releaseContract } from './release-contract.js';

const make = (): ReturnType<typeof memoryRegistries> => memoryRegistries();

describe('MemoryAccusationRegistry', () => accusationRegistryContract(make));
describe('MemoryPeerRegistry', () => peerRegistryContract(make));
describe('MemoryManifestRegistry', () => {
  manifestRegistryContract(make);
  restoreContract(make, { runs: 300 });
});
describe('MemoryHolderRegistry', () => {
  holderRegistryContract(make);
  releaseContract(make);
  holdingsConvergeContract(make, { runs: 300 });
});
describe('MemoryPlacementRegistry', () => placementRegistryContract(make));
describe('MemoryDistributionRegistry', () => distributionRegistryContract(make, { runs: 100 }));
describe('MemoryFollowRegistry', () => followRegistryContract(make));
