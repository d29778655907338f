import { transcripts } from './transcript.ts'

transcripts('kafka-topics', [
  {
    name: 'topics',
    title: 'topics are created, listed, described, altered and deleted',
    async script(shell) {
      await shell.run('kafka-topics', '--list')
      await shell.run('kafka-topics', '--create --topic orders --partitions 3 --config retention.ms=86400000')
      await shell.run('kafka-topics', '--create --topic orders --partitions 3')
      await shell.run('kafka-topics', '--create --topic orders --partitions 3 --if-not-exists')
      await shell.run('kafka-topics', '--create --topic defaults')
      await shell.run('kafka-topics', '--create --topic one --partitions 1 --replication-factor 1')
      await shell.run('kafka-topics', '--create --topic assigned --replica-assignment 1,1')
      await shell.run('kafka-topics', '--list')
      await shell.run('kafka-topics', '--list --topic o.*')
      await shell.run('kafka-topics', '--describe --topic orders')
      await shell.run('kafka-topics', '--describe', { sort: true })
      await shell.run('kafka-topics', '--describe --topic missing')
      await shell.run('kafka-topics', '--describe --topic missing --if-exists')
      await shell.run('kafka-topics', '--describe --topics-with-overrides', { sort: true })
      await shell.run('kafka-topics', '--describe --under-replicated-partitions')
      await shell.run('kafka-topics', '--describe --unavailable-partitions')
      await shell.run('kafka-topics', '--describe --at-min-isr-partitions --topic orders')
      await shell.run('kafka-topics', '--alter --topic orders --partitions 5')
      await shell.run('kafka-topics', '--alter --topic orders --partitions 5')
      await shell.run('kafka-topics', '--alter --topic orders --partitions 4')
      await shell.run('kafka-topics', '--alter --topic missing --partitions 4')
      await shell.run('kafka-topics', '--alter --topic missing --partitions 4 --if-exists')
      await shell.run('kafka-topics', '--describe --topic orders')
      await shell.run('kafka-topics', '--delete --topic orders')
      await shell.run('kafka-topics', '--delete --topic orders')
      await shell.run('kafka-topics', '--delete --topic orders --if-exists')
      await shell.run('kafka-topics', '--delete --topic (one|defaults)')
      await shell.run('kafka-topics', '--list')
    },
  },
  {
    name: 'topics-refused',
    title: 'what cannot be created is refused with a reason',
    async script(shell) {
      const create = (args: string) => shell.run('kafka-topics', `--create --topic ${args}`)
      await create('bad/name --partitions 1')
      await create('.. --partitions 1')
      await create(`${'x'.repeat(250)} --partitions 1`)
      await create('none --partitions 0')
      await create('none --partitions 1 --config no.such.config=1')
      await create('none --partitions 1 --config retention.ms=soon')
      await create('none --partitions 1 --config cleanup.policy=shred')
      await create('none --partitions 1 --config max.message.bytes=-1')
      await create('dotted.name --partitions 1')
      await create('dotted_name --partitions 1')
      await create('unknown-replica --replica-assignment 7')
      await create('uneven --replica-assignment 1,1:1')
      await shell.run('kafka-topics', '--list')
      await shell.run('kafka-topics', '--delete --topic dotted.name')
    },
  },
])
