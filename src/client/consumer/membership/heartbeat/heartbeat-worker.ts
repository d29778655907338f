import { parentPort } from 'node:worker_threads'
import { systemClock } from '../../../../platform/index.ts'
import type { ConnectionSettings, OAuthToken, SaslSettings } from '../../../connection/connection-settings.ts'
import { CoordinatorLink } from './coordinator-link.ts'
import { HeartbeatRunner } from './heartbeat-runner.ts'
import { SharedProgress } from './progress.ts'
import type { FromThread, ThreadConnectionSettings, ToThread } from './thread-messages.ts'

// Runs in a thread of its own, started by `HeartbeatThread`: heartbeats of all consumers of the process, while the main thread may stand still.

interface Loop {
  readonly runner: HeartbeatRunner
  readonly link: CoordinatorLink
}

type Secret = string | OAuthToken

const loops = new Map<number, Loop>()
const wanted = new Map<number, { resolve(secret: Secret): void; reject(error: Error): void }>()
let secrets = 0

parentPort?.on('message', (message: ToThread) => {
  switch (message.type) {
    case 'open':
      return open(message)
    case 'beat':
      return loops.get(message.loop)?.runner.beat(message.beat, message.memberEpoch)
    case 'leave':
      return loops.get(message.loop)?.runner.leave(message.memberEpoch)
    case 'nodes': {
      const loop = loops.get(message.loop)
      if (loop !== undefined) loop.link.nodes = message.nodes
      return
    }
    case 'secret': {
      const waiting = wanted.get(message.id)
      wanted.delete(message.id)
      if (message.secret === undefined) waiting?.reject(new Error(message.error))
      else waiting?.resolve(message.secret)
      return
    }
    case 'close':
      loops.get(message.loop)?.runner.close()
      loops.delete(message.loop)
      return
  }
})

function open({ loop, groupId, settings, connection, progress, nodes }: Extract<ToThread, { type: 'open' }>): void {
  const link = new CoordinatorLink({ groupId, settings: withSecrets(connection, loop), clock: systemClock, nodes })
  const runner = new HeartbeatRunner({
    clock: systemClock,
    settings,
    progress: new SharedProgress(progress),
    coordinator: link,
    onReport: (report) => post({ loop, type: 'report', report }),
  })
  loops.set(loop, { runner, link })
}

/** Secrets that change are asked of the main thread. */
function withSecrets(connection: ThreadConnectionSettings, loop: number): ConnectionSettings {
  return { ...connection, sasl: saslOf(connection.sasl, loop), connect: undefined }
}

function saslOf(sasl: ThreadConnectionSettings['sasl'], loop: number): SaslSettings | undefined {
  if (sasl === undefined) return undefined
  if (sasl.mechanism === 'OAUTHBEARER') {
    return { mechanism: sasl.mechanism, token: async () => (await secretOf(loop)) as OAuthToken }
  }
  const { mechanism, username, password } = sasl
  return { mechanism, username, password: password ?? (async () => (await secretOf(loop)) as string) }
}

function secretOf(loop: number): Promise<Secret> {
  const id = ++secrets
  return new Promise((resolve, reject) => {
    wanted.set(id, { resolve, reject })
    post({ loop, type: 'secret-wanted', id })
  })
}

function post(message: FromThread): void {
  parentPort!.postMessage(message)
}
