import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transcripts } from './transcript.ts'

transcripts('cluster tools', [
  {
    name: 'records',
    title: 'offsets are asked for, records deleted, log sizes told',
    async script(shell) {
      await shell.admin.createTopic('measured', 2)
      const empty = ['-1', '-2', '-3', 'latest']
      for (const time of empty) await shell.run('kafka-get-offsets', `--topic measured --time ${time}`)
      await shell.run('kafka-console-producer', '--topic measured --reader-property parse.key=true', {
        stdin: Array.from({ length: 20 }, (_, i) => `key-${i}\tvalue ${i}\n`).join(''),
      })
      await shell.run('kafka-get-offsets', '')
      const times = ['-1', '-2', '-4', '-5', 'earliest', 'earliest-local', 'latest-tiered', '0', '9999999999999']
      for (const time of times) await shell.run('kafka-get-offsets', `--topic measured --time ${time}`)
      await shell.run('kafka-get-offsets', '--topic-partitions measured:1')
      await shell.run('kafka-get-offsets', '--topic missing')

      await shell.run('kafka-log-dirs', '--describe --topic-list measured', { normalize: sizes })
      await shell.run('kafka-log-dirs', '--describe --topic-list measured --broker-list 1', { normalize: sizes })
      await shell.run('kafka-log-dirs', '--describe --broker-list 7')

      const file = join(shell.folder, 'offsets.json')
      const deleteBefore = async (partitions: readonly object[]) => {
        writeFileSync(file, JSON.stringify({ partitions, version: 1 }))
        await shell.run('kafka-delete-records', `--offset-json-file ${file}`, {
          withoutServer: false,
          sort: true,
        })
      }
      shell.replace(file, 'OFFSETS')
      await deleteBefore([{ topic: 'measured', partition: 0, offset: 4 }])
      await shell.run('kafka-get-offsets', '--topic measured --time earliest')
      await deleteBefore([
        { topic: 'measured', partition: 0, offset: -1 },
        { topic: 'measured', partition: 1, offset: 1000 },
      ])
      await shell.run('kafka-get-offsets', '--topic measured --time earliest')
      await shell.run('kafka-console-consumer', '--topic measured --partition 0 --offset 0 --timeout-ms 1500')
    },
  },
  {
    name: 'cluster',
    title: 'tools for clusters get the answers of a cluster of one',
    async script(shell) {
      await shell.admin.createTopic('led', 2)
      await shell.run('kafka-leader-election', '--election-type preferred --topic led --partition 0')
      await shell.run('kafka-leader-election', '--election-type unclean --topic led --partition 1')
      await shell.run('kafka-leader-election', '--election-type preferred --all-topic-partitions')
      await shell.run('kafka-leader-election', '--election-type preferred --topic missing --partition 0', {
        sort: true,
      })
      await shell.run('kafka-reassign-partitions', '--list')
      await shell.run('kafka-cluster', `cluster-id --bootstrap-server ${shell.broker.bootstrap}`, {
        withoutServer: true,
        normalize: (output) => output.replace(/Cluster ID: [\w-]{22}/, 'Cluster ID: CLUSTER_ID'),
      })
      await shell.run('kafka-cluster', `list-endpoints --bootstrap-server ${shell.broker.bootstrap}`, {
        withoutServer: true,
      })
      await shell.run('kafka-metadata-quorum', 'describe --status', {
        normalize: (output) => output.replaceAll(/^(ClusterId|\w+):\s+(.*)$/gm, (_, name) => `${name}: …`),
      })
      await shell.run('kafka-transactions', 'describe-producers --topic led --partition 0')
      await shell.run('kafka-broker-api-versions', '', { normalize: apis })
    },
  },
])

function sizes(output: string): string {
  return output.replaceAll(/"size":[1-9]\d*/g, '"size":SOME').replaceAll(/"logDir":"[^"]*"/g, '"logDir":"DIR"')
}

/** The APIs of this release; those of later ones (transactions, KIP-848, share groups, ACLs, …) may be absent. */
const served = [
  ...['Produce', 'Fetch', 'ListOffsets', 'OffsetForLeaderEpoch', 'Metadata', 'ApiVersions', 'InitProducerId'],
  ...['FindCoordinator', 'JoinGroup', 'SyncGroup', 'Heartbeat', 'LeaveGroup', 'OffsetCommit', 'OffsetFetch'],
  ...['OffsetDelete', 'DescribeGroups', 'ListGroups', 'DeleteGroups', 'CreateTopics', 'DeleteTopics'],
  ...['CreatePartitions', 'DeleteRecords', 'DescribeConfigs', 'AlterConfigs', 'IncrementalAlterConfigs'],
  ...['ListConfigResources', 'DescribeCluster', 'DescribeLogDirs', 'DescribeProducers', 'DescribeTopicPartitions'],
  ...['ElectLeaders', 'ListPartitionReassignments'],
]

function apis(output: string): string {
  return output
    .split('\n')
    .filter((line) => served.includes(/^\s*(\w+)\(\d+\)/.exec(line)?.[1] ?? ''))
    .join('\n')
}
