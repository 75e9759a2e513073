import { setFlagsFromString } from 'node:v8';

/**
 * Imported before everything else in the engine's process. Nearly all of the engine's work is in the kernel and in the digest;
 * its own code runs a few hundred times a second and chunk. V8 compiles it to optimised code all the same, again and again
 * as it learns, which in a swarm of 16 took 17 % of all CPU. So: plain machine code at once (Sparkplug), optimised code only
 * for what is really hot, such as a digest in JavaScript. Unknown flags of another V8 have no effect.
 */
setFlagsFromString('--always-sparkplug');
setFlagsFromString('--interrupt-budget=8000000');
