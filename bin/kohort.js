#!/usr/bin/env node
require('./thread-pool.js')

import('../dist/cli/main.js').then(
  ({ main }) => main(process.argv),
  (error) => {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error
    process.stderr.write(
      `kohort is not built, or its packages are not installed: run \`npm start\` once. (${error.message})\n`,
    )
    process.exitCode = 1
  },
)
