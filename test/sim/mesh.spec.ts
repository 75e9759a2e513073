import { expect, it } from '@jest/globals';
import { ENGINE_LIMITS } from '../../libs/engine/src/engine-limits.js';
import { MESH_DEFAULTS } from '../../libs/simulation/src/plan.js';

it('simulated peers have the limits of real ones', () => {
  const { handout: _, ...mesh } = MESH_DEFAULTS;
  expect(ENGINE_LIMITS).toMatchObject(mesh);
});
