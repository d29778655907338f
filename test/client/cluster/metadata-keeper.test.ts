import { expect, test } from 'vitest'
import { defaultClusterSettings } from '../../../src/client/cluster/cluster-settings.ts'
import type { CallAny } from '../../../src/client/cluster/coordinators.ts'
import { MetadataKeeper } from '../../../src/client/cluster/metadata-keeper.ts'
import { KafkaError } from '../../../src/client/index.ts'
import { silentLogger } from '../../../src/platform/index.ts'
import { VirtualClock } from '../../../src/testing/index.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('who asks while an attempt is under way that turns out hopeless hears of the next attempt', async () => {
  const clock = new VirtualClock()
  const attempts: ((error: KafkaError) => void)[] = []
  const callAny = (() => new Promise((_, reject) => attempts.push(reject))) as unknown as CallAny
  const keeper = new MetadataKeeper({
    settings: { ...defaultClusterSettings, retryBackoff: { initialMs: 10, maxMs: 10 } },
    clock,
    logger: silentLogger,
    callAny,
    rebootstrap() {},
    onImage() {},
  })
  const first = keeper.refresh('first')
  await turn()
  const second = keeper.refresh('second')
  attempts.shift()!(new KafkaError('SASL_AUTHENTICATION_FAILED'))
  await expect(first).rejects.toMatchObject({ code: 'SASL_AUTHENTICATION_FAILED' })
  clock.advance(20)
  await turn()
  expect(attempts.length).toBe(1)
  attempts.shift()!(new KafkaError('SASL_AUTHENTICATION_FAILED'))
  await expect(second).rejects.toMatchObject({ code: 'SASL_AUTHENTICATION_FAILED' })
  keeper.close(new KafkaError('CLOSED'))
})
