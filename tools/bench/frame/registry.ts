import { codec } from '../benches/codec/codec.js';
import { picker } from '../benches/picker/picker.js';
import type { Bench } from './port.js';

/** Every bench, in the order in which they are shown and run. */
export const BENCHES: readonly Bench[] = [codec, picker];
