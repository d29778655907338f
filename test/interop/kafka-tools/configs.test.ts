import { transcripts } from './transcript.ts'

transcripts('kafka-configs', [
  {
    name: 'configs-of-topics',
    title: 'topic configs are set, appended to, shown with their sources, and removed',
    async script(shell) {
      await shell.admin.createTopic('configured', 1, { 'retention.ms': '3600000' })
      const alter = (args: string) => shell.run('kafka-configs', `--alter --entity-type topics ${args}`)
      const describe = (args: string) => shell.run('kafka-configs', `--describe --entity-type topics ${args}`)
      await describe('--entity-name configured')
      await alter('--entity-name configured --add-config max.message.bytes=2000000,cleanup.policy=[compact,delete]')
      await describe('--entity-name configured')
      await shell.run('kafka-configs', '--describe --entity-type topics --entity-name configured --all', { sort: true })
      await alter('--entity-name configured --delete-config max.message.bytes,retention.ms')
      await alter('--entity-name configured --delete-config no.such.config')
      await alter('--entity-name configured --add-config no.such.config=1')
      await alter('--entity-name configured --add-config retention.ms=soon')
      await alter('--entity-name configured --add-config min.cleanable.dirty.ratio=2')
      await alter('--entity-name configured --add-config compression.type=brotli')
      await alter('--entity-name configured --add-config local.retention.ms=99999999999')
      await describe('--entity-name configured')
      await describe('--entity-name missing')
      await alter('--entity-name missing --add-config retention.ms=1')
      await describe('')
      await shell.run('kafka-configs', '--alter --topic configured --add-config segment.bytes=1048576')
      await shell.run('kafka-configs', '--describe --topic configured')
    },
  },
  {
    name: 'configs-of-brokers',
    title: 'broker configs are set for one and for all, shown with their sources, and removed',
    async script(shell) {
      const alter = (args: string) => shell.run('kafka-configs', `--alter --entity-type brokers ${args}`)
      const describe = (args: string) => shell.run('kafka-configs', `--describe --entity-type brokers ${args}`)
      await describe('--entity-name 1')
      await describe('--entity-default')
      await alter('--entity-default --add-config log.retention.ms=7200000')
      await alter('--entity-name 1 --add-config log.retention.ms=3600000,message.max.bytes=2000000')
      await describe('--entity-name 1')
      await describe('--entity-default')
      await shell.admin.createTopic('inherits', 1)
      await shell.run('kafka-configs', '--describe --entity-type topics --entity-name inherits --all', {
        normalize: (output) => linesWith(output, ['retention.ms', 'max.message.bytes']),
        sort: true,
      })
      await alter('--entity-name 1 --add-config node.id=2')
      await alter('--entity-name 1 --add-config no.such.config=2')
      await alter('--entity-name 1 --add-config log.retention.ms=soon')
      await describe('--entity-name 9')
      await alter('--entity-name 1 --delete-config log.retention.ms,message.max.bytes')
      await alter('--entity-default --delete-config log.retention.ms')
      await describe('--entity-name 1')
      await shell.run('kafka-configs', '--describe --entity-type brokers --entity-name 1 --all', {
        normalize: withoutOwnSettings,
        sort: true,
      })
    },
  },
  {
    name: 'configs-of-groups',
    title: 'group configs are set, shown and removed, also for groups that do not exist yet',
    async script(shell) {
      const alter = (args: string) => shell.run('kafka-configs', `--alter --entity-type groups ${args}`)
      const describe = (args: string) => shell.run('kafka-configs', `--describe --entity-type groups ${args}`)
      await describe('--entity-name tuned')
      await shell.run('kafka-configs', '--describe --entity-type groups --entity-name tuned --all', { sort: true })
      await alter('--entity-name tuned --add-config consumer.session.timeout.ms=50000')
      await describe('--entity-name tuned')
      await describe('')
      await alter('--entity-name tuned --add-config consumer.session.timeout.ms=1')
      await alter('--entity-name tuned --add-config no.such.config=1')
      await alter('--entity-name tuned --add-config consumer.heartbeat.interval.ms=6000')
      await alter('--entity-name tuned --delete-config consumer.session.timeout.ms')
      await describe('--entity-name tuned')
    },
  },
])

function linesWith(output: string, names: readonly string[]): string {
  return output
    .split('\n')
    .filter((line) => names.some((name) => line.trim().startsWith(`${name}=`)))
    .join('\n')
}

/** Where a broker listens and stores, and what only a KRaft controller is configured with, differs by right. */
function withoutOwnSettings(output: string): string {
  return output
    .split('\n')
    .filter((line) => !ownSettings.test(line.trim()))
    .join('\n')
}

const ownSettings = new RegExp(
  [
    '^(advertised\\.)?listeners=',
    '^listener\\.security\\.protocol\\.map=',
    '^controller\\.(listener\\.names|quorum\\.)',
    '^(metadata\\.)?log\\.dirs?=',
    '^(process\\.roles|(broker|node)\\.id)=',
    '^group\\.initial\\.rebalance\\.delay\\.ms=',
    '^offsets\\.topic\\.segment\\.bytes=',
    '^(offsets\\.topic|transaction\\.state\\.log|share\\.coordinator\\.state\\.topic)\\.(replication\\.factor|min\\.isr)=',
  ].join('|'),
)
