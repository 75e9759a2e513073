/** Arrows point down: apps -> platform, registry, engine -> chunking, contracts, wire, swarm -> core. */
const PURE = '^libs/(core|wire|swarm|simulation|contracts)/';
const IO =
  '(^|node_modules/)(@nestjs|amqplib|ioredis|bullmq)|^(node:)?(net|fs|fs/promises|http|child_process|worker_threads|timers)$';
const may = (name, from, to) => ({
  name: `${name}-depends-only-on`,
  severity: 'error',
  from: { path: `^libs/${name}/`, pathNot: '\\.spec\\.ts$|/test-support/' },
  to: { path: '^(libs|apps|tools|test)/', pathNot: `^libs/(${[name, ...to].join('|')})/` },
});
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'libs-not-apps', severity: 'error', from: { path: '^libs' }, to: { path: '^(apps|tools|test)' } },
    {
      name: 'apps-not-each-other',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    { name: 'apps-not-tools', severity: 'error', from: { path: '^apps/' }, to: { path: '^(tools|test)/' } },
    {
      name: 'pure-libs-have-no-io',
      severity: 'error',
      from: { path: PURE, pathNot: '\\.spec\\.ts$' },
      to: { path: IO },
    },
    {
      name: 'testing-only-in-tests',
      severity: 'error',
      from: { path: '^(apps|libs|tools)/', pathNot: '(\\.spec\\.ts$)|^libs/testing/|/test-support/' },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'no-own-barrel',
      severity: 'error',
      from: { path: '^libs/([^/]+)/src/', pathNot: '(^libs/[^/]+/src/index\\.ts$)|\\.spec\\.ts$' },
      to: { path: '^libs/$1/src/index\\.ts$' },
    },
    may('core', 'core', []),
    may('wire', 'wire', ['core']),
    may('swarm', 'swarm', ['core']),
    may('simulation', 'simulation', ['core', 'swarm']),
    may('contracts', 'contracts', ['core']),
    may('chunking', 'chunking', ['core']),
    may('engine', 'engine', ['core', 'wire', 'swarm', 'chunking']),
    may('registry', 'registry', ['core', 'contracts', 'chunking']),
    may('platform', 'platform', ['core', 'contracts']),
    may('anchor', 'anchor', ['core', 'contracts', 'registry', 'platform']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
