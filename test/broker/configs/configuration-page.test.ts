import { expect, test } from 'vitest'
import { configurationPage } from '../../../scripts/configuration-page.ts'

test('docs/configuration.md is in step with the config table (else: node scripts/generate-configs.js --page)', async () => {
  await expect(configurationPage()).toMatchFileSnapshot('../../../docs/configuration.md')
})
