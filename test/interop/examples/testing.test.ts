import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { node24, prepareNode } from '../node/clients.ts'
import { installOnce, interopCache, projectRoot, run } from '../support/index.ts'

// examples/testing, as its README tells to run it: tests of an application, with the test kit as it is published.

const folder = join(projectRoot, 'examples/testing')

beforeAll(async () => {
  await prepareNode()
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8')
  // The modules stand where Node looks for them; the cache keeps the stamp, and may outlive them.
  if (!existsSync(join(folder, 'node_modules'))) {
    rmSync(join(interopCache, 'examples-testing'), { recursive: true, force: true })
  }
  await installOnce('examples-testing', lock, async () => {
    await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder })
  })
})

test.each([
  ['node:test, CommonJS, kafkajs', process.execPath, ['--test', 'node-test/billing.test.cjs']],
  ['jest, CommonJS, kafkajs', process.execPath, ['node_modules/jest/bin/jest.js', '--config', 'jest/jest.config.cjs']],
  ['vitest, ESM, @platformatic/kafka', node24, ['node_modules/vitest/vitest.mjs', 'run', '--root', 'vitest']],
])('an application is tested with %s', async (_, node, args) => {
  // The runners must not take this one for their parent.
  const env = { VITEST: '', VITEST_WORKER_ID: '', VITEST_POOL_ID: '', NODE_OPTIONS: '', NODE_TEST_CONTEXT: '' }
  const output = await run(node, args, { cwd: folder, env })
  expect(output).not.toContain('not ok')
})
