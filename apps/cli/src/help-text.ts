import { EXIT_HELP } from './output/exit-codes.js';

const examples = (...lines: readonly string[]): string =>
  ['', 'Examples:', ...lines.map((line) => `  $ ${line}`)].join('\n');

export const EXAMPLES = {
  publish: examples(
    'shoal publish music.txt',
    'shoal publish music.txt --spread 2',
    'shoal publish photos               # a folder is one tree',
    'shoal publish build/app.bin --name app.bin --chunk-size 1MiB',
  ),
  get: examples(
    'shoal get music.txt',
    'shoal get music.txt@1 -o /tmp/old.txt --check',
    'shoal get music.txt --max-down 50Mbit --seed',
    'shoal get music.txt --at host7',
  ),
  split: examples('shoal split music.txt -o chunks', 'shoal split disk.img -o /mnt/usb --chunk-size 64MiB'),
  join: examples('shoal join chunks -o music.txt', 'shoal join /mnt/usb --manifest music.txt.manifest.json'),
  share: examples('shoal share chunks', 'shoal share /srv/chunks --peer host7'),
  chunkGet: examples(
    'shoal chunk get music.txt 3 -o chunks --manifest',
    'shoal chunk get music.txt 1-4,7 -o chunks',
  ),
  manifest: examples(
    'shoal manifest music.txt',
    'shoal manifest music.txt -o music.manifest.json',
    'shoal manifest photos --files',
  ),
  search: examples("shoal search 'mus*'", 'shoal search music.txt --chunk 3'),
  ls: examples('shoal ls', "shoal ls 'mus*' --all"),
  rm: examples('shoal rm music.txt@1', 'shoal rm music.txt --everywhere'),
  deadLetters: examples(
    'shoal dead-letters',
    'shoal dead-letters show 3f2a',
    'shoal dead-letters requeue 3f2a 90bc',
    'shoal dead-letters drop --all',
  ),
  distribute: examples(
    'shoal distribute music.txt --to host7 --to role=edge --watch',
    'shoal distribute app.bin@3 --to "role=edge and not rack=b" --waves 1,10% --abort 20%',
    'shoal distribute app.bin --to "25% of all" --deadline 2h --follow',
  ),
  doctor: examples('shoal doctor', 'shoal doctor --json'),
  logs: examples('shoal logs', 'shoal logs -f --peer host7'),
  clean: examples('shoal clean --dry-run', 'shoal clean --older 30d --yes'),
  completion: examples('eval "$(shoal completion bash)"', 'shoal completion fish | source'),
  stopSharing: examples('shoal stop-sharing music.txt', 'shoal stop-sharing ./music.txt --peer host7'),
  limit: examples('shoal limit --max-up 10MB', 'shoal limit --max-up none --peer host7', 'shoal limit'),
  peer: examples(
    'shoal peer --root /srv/files --label rack=b',
    'shoal peer --name host7 --listen 10.0.0.7:7000-7010',
  ),
  anchor: examples('shoal anchor --name server1 --amqp amqp://user:password@host1 --redis redis://host1'),
} as const;

const ROOT_EXAMPLES = examples(
  'shoal publish music.txt         make it known and serve it',
  'shoal manifest music.txt        who has which chunk',
  'shoal get music.txt             from many peers at once',
  'shoal ls                        which files there are',
  'shoal peers                     who is here',
  'shoal distribute music.txt --to role=edge   make many machines fetch it',
);

/** Below the list of commands. */
export const EXIT_TEXT = [
  ROOT_EXAMPLES,
  '',
  'Exit codes:',
  ...EXIT_HELP.map(([code, text]) => `  ${String(code).padEnd(4)} ${text}`),
].join('\n');
