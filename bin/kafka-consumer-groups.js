#!/usr/bin/env node
require('./load.js')('kafka-tools.js', 'cli/kafka-tools/index.js', ({ main }) =>
  main('kafka-consumer-groups', process.argv.slice(2)),
)
