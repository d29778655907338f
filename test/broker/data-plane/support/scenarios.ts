import { fetchingScenarios } from './fetching.ts'
import { offsetScenarios } from './offsets.ts'
import { producingScenarios } from './producing.ts'
import { fate, header, type Scenario } from './steps.ts'

/** All of them. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'requests that cannot be decoded or are not served',
    run: async (target) => ({
      produceV0: await fate(target, header(0, 0, '0001000003e800000000')),
      produceV2: await fate(target, header(0, 2, '0001000003e800000000')),
      fetchV3: await fate(target, header(1, 3, '')),
      unknownKey: await fate(target, header(999, 0, '')),
      negativeKey: await fate(target, header(-1, 0, '')),
      heartbeatV99: await fate(target, header(12, 99, '')),
      heartbeatNegativeVersion: await fate(target, header(12, -1, '')),
      truncatedListOffsets: await fate(target, header(2, 1, 'ffff')),
      apiVersionsV99: await fate(target, header(18, 99, '00')),
      apiVersionsBadName: await fate(target, header(18, 3, '00010100')),
      produceWithBytesBehind: await fate(target, header(0, 3, 'ffff0001000003e8000000007a7a')),
      negativeSize: await fate(target, Buffer.from('ffffffff', 'hex')),
      hugeSize: await fate(target, Buffer.from('7fffffff', 'hex')),
      emptyFrame: await fate(target, Buffer.from('00000000', 'hex')),
      http: await fate(target, Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')),
    }),
  },
  ...producingScenarios,
  ...fetchingScenarios,
  ...offsetScenarios,
]
