// npm start: set-up where needed, then the command line in this same process (signals reach it directly).
require('../bin/thread-pool.js')

import('./setup.js').then(({ setUp }) => {
  setUp()
  process.argv[1] = require.resolve('../bin/kohort.js')
  require('../bin/kohort.js')
})
