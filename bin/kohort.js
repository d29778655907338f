#!/usr/bin/env node
require('./thread-pool.js')
require('./load.js')('main.js', 'cli/main.js', ({ main }) => main(process.argv))
