#!/usr/bin/env node
// CommonJS, so that this runs before anything has touched the thread pool: its size is read once, at its first use. Half of Node's four
// threads may be busy with cold reads and checkpoints; a write to the log must never wait behind them.
process.env.UV_THREADPOOL_SIZE ??= '12'

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
