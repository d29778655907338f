/** The import table of ARCHITECTURE.md; scripts/check-imports.js runs it and fails when it sees no modules. */
const allowed = {
  platform: [],
  wire: [],
  assignor: ['wire'],
  coordinator: ['wire', 'assignor'],
  runtime: ['coordinator', 'wire', 'platform'],
  log: ['wire', 'platform'],
  net: ['wire', 'platform'],
  broker: ['runtime', 'coordinator', 'log', 'net', 'wire', 'assignor', 'platform'],
  client: ['net', 'wire', 'assignor', 'platform'],
  tools: ['client', 'wire', 'assignor'],
  http: ['broker', 'tools', 'client', 'net', 'wire', 'platform'],
  kafkajs: ['client', 'wire'],
  testing: ['broker', 'client', 'runtime', 'coordinator', 'log', 'net', 'wire', 'assignor', 'platform'],
}
const pure = ['wire', 'assignor', 'coordinator']

module.exports = {
  allowed,
  forbidden: [
    ...Object.entries(allowed).map(([layer, targets]) => ({
      name: `${layer}-imports-only-what-stands-below-it`,
      severity: 'error',
      from: { path: `^src/${layer}/` },
      to: { path: '^src/', pathNot: [layer, ...targets].map((target) => `^src/${target}/`) },
    })),
    {
      name: 'other-layers-are-imported-through-their-index',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/[^/]+/', pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$', '^src/[^/]+/[^/]+/index\\.ts$'] },
    },
    {
      name: 'pure-layers-use-only-assert-buffer-and-zlib-of-node',
      severity: 'error',
      from: { path: pure.map((layer) => `^src/${layer}/`) },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(assert|assert/strict|buffer|zlib|module)$' },
    },
    {
      name: 'pure-layers-use-module-only-to-load-native-codecs-on-first-use',
      severity: 'error',
      from: { path: pure.map((layer) => `^src/${layer}/`), pathNot: '^src/wire/on-first-use\\.ts$' },
      to: { dependencyTypes: ['core'], path: '^(node:)?module$' },
    },
    {
      name: 'no-cycles-between-files',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-dev-dependencies-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    { name: 'nothing-unresolvable', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js'],
    },
  },
}
