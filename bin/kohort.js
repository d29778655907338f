#!/usr/bin/env node
require('./thread-pool.js')
const { statSync } = require('node:fs')
const { join } = require('node:path')

const root = join(__dirname, '..')

load().then(
  ({ main }) => main(process.argv),
  (error) => {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND' && error?.code !== 'MODULE_NOT_FOUND') throw error
    process.stderr.write(
      `kohort is not built, or its packages are not installed: run \`npm start\` once. (${error.message.split('\n', 1)})\n`,
    )
    process.exitCode = 1
  },
)

/** The bundle; in a checkout that tsc alone has built since, the modules. */
async function load() {
  return isBehind() ? import('../dist/cli/main.js') : require('../dist/bin/main.js')
}

function isBehind() {
  const changedMs = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
  return changedMs('.cache/tsbuildinfo.json') > changedMs('dist/bin/main.js')
}
