import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

/**
 * A test environment whose globals are ordinary ones. Jest's own are behind a proxy, which every `Math` and every `Infinity` passes:
 * half of the time of a simulation (measured). Where Node cannot do so (before 20.18), it is Jest's own.
 */
export default class extends TestEnvironment {
  constructor(...args) {
    const { createContext } = vm;
    const plain = vm.constants?.DONT_CONTEXTIFY;
    if (plain !== undefined) vm.createContext = () => createContext(plain);
    try {
      super(...args);
    } finally {
      vm.createContext = createContext;
    }
  }
}
