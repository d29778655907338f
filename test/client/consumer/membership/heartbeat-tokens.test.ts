import { expect, test } from 'vitest'
import { ApiKey } from '../../../../src/wire/index.ts'
import { afterHandshake, oneNode, ScriptedServer } from '../../support/scripted-server.ts'
import { TestMember } from './group-harness.ts'
import { heartbeatWorkerFile } from './worker-file.ts'

const file = await heartbeatWorkerFile()

test('tokens of OAUTHBEARER come to the thread from the main one, a new one for each authentication', async () => {
  const made: string[] = []
  /** Tokens with which each connection authenticated. */
  const shown = new Map<number, string[]>()
  await using server = await ScriptedServer.start(
    afterHandshake(({ apiKey, connection, body }, { address }) => {
      switch (apiKey) {
        case ApiKey.SaslHandshake:
          return { throttleTimeMs: 0, errorCode: 0, mechanisms: ['OAUTHBEARER'] }
        case ApiKey.SaslAuthenticate: {
          const { authBytes } = body as { readonly authBytes: Buffer }
          const token = /auth=Bearer (token-\d+)/.exec(authBytes.toString())![1]!
          shown.set(connection, [...(shown.get(connection) ?? []), token])
          // The session is short: it is authenticated again, and again (KIP-368).
          return { errorCode: 0, errorMessage: null, authBytes: Buffer.alloc(0), sessionLifetimeMs: 100n }
        }
        case ApiKey.Metadata:
          return { throttleTimeMs: 0, ...oneNode(address) }
        case ApiKey.FindCoordinator:
          return {
            throttleTimeMs: 0,
            coordinators: [{ key: 'g', nodeId: 1, ...address, errorCode: 0, errorMessage: null }],
          }
        case ApiKey.ConsumerGroupHeartbeat: {
          const { memberId, memberEpoch } = body as { readonly memberId: string; readonly memberEpoch: number }
          const epoch = memberEpoch < 0 ? memberEpoch : 1
          const answer = { throttleTimeMs: 0, errorCode: 0, errorMessage: null, assignment: null }
          return { ...answer, memberId, memberEpoch: epoch, heartbeatIntervalMs: 20 }
        }
        default:
          return undefined
      }
    }),
  )
  const member = TestMember.start({
    bootstrapServers: `127.0.0.1:${server.port}`,
    config: { groupProtocol: 'consumer', heartbeat: 'worker' },
    subscription: { topics: ['t'] },
    heartbeatWorkerFile: file,
    cluster: {
      sasl: {
        mechanism: 'OAUTHBEARER',
        token: async () => {
          made.push(`token-${made.length}`)
          return { value: made.at(-1)! }
        },
      },
    },
  })
  const heartbeats = () => server.requests.filter(({ apiKey }) => apiKey === ApiKey.ConsumerGroupHeartbeat)
  // The join is said by the main thread, what follows by the other, which has a connection of its own.
  await server.until(() => {
    const joined = heartbeats()[0]?.connection
    const later = heartbeats().at(-1)?.connection
    return later !== undefined && later !== joined && (shown.get(later)?.length ?? 0) >= 3
  })
  expect(member.membership.describe()).toMatchObject({ heartbeats: 'thread', generationId: 1, state: 'stable' })
  const tokens = shown.get(heartbeats().at(-1)!.connection)!
  expect(new Set(tokens).size).toBe(tokens.length)
  expect(made).toEqual(expect.arrayContaining(tokens))
  await member.close()
})
