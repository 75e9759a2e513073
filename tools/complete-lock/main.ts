/** `npm run lock`: after `npm install`, completes the lock file with optional packages of other platforms. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../run/project.js';
import { completed, missingFrom, type LockFile } from './lock-file.js';

const file = join(PROJECT_ROOT, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8')) as LockFile;
const missing = missingFrom(lock);
if (missing.length > 0) writeFileSync(file, `${JSON.stringify(completed(lock), null, 2)}\n`);
process.stdout.write(`${missing.length} optional packages of other platforms added to the lock file.\n`);
