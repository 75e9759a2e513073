import { runAnchorProcess } from '#anchor';
import { ManifestModule } from './manifest.module.js';

await runAnchorProcess('manifest', (config, log) => ManifestModule.with(config, log));
