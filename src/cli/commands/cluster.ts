import { Command } from 'commander'
import type { Admin, BrokerVersions } from '../../client/index.ts'
import { addConnectOptions, type ConnectOptions, withKafka } from '../connect.ts'
import { addOutputOption, type Column, type OutputOptions, openOutput, printJson, printTable } from '../output/index.ts'

interface Options extends ConnectOptions, OutputOptions {
  readonly features?: boolean
  readonly apiVersions?: boolean
}

export function clusterCommand(): Command {
  const command = new Command()
    .option('--features', "the cluster's features, and which versions of them the brokers support")
    .option('--api-versions', 'the APIs that each broker serves, and in which versions')
    .addHelpText('after', '\nWith --output json, features and APIs are always there; csv has what the options ask for.')
  return addConnectOptions(addOutputOption(command)).action(describe)
}

interface BrokerRow {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
  readonly isController: boolean
}

const brokerColumns: readonly Column<BrokerRow>[] = [
  { key: 'nodeId', head: 'BROKER', value: ({ nodeId }) => nodeId },
  { key: 'host', value: ({ host }) => host },
  { key: 'port', value: ({ port }) => port },
  { key: 'rack', value: ({ rack }) => rack },
  { key: 'isController', head: 'CONTROLLER', value: ({ isController }) => isController, text: yes },
]

type FeatureRow = BrokerVersions['features'][number] & { readonly nodeId: number }
const featureColumns: readonly Column<FeatureRow>[] = [
  { key: 'name', head: 'FEATURE', value: ({ name }) => name },
  { key: 'nodeId', head: 'BROKER', value: ({ nodeId }) => nodeId },
  { key: 'finalizedVersion', head: 'FINALIZED', value: ({ finalizedVersion }) => finalizedVersion },
  { key: 'minVersion', head: 'MIN', value: ({ minVersion }) => minVersion },
  { key: 'maxVersion', head: 'MAX', value: ({ maxVersion }) => maxVersion },
]

type ApiRow = BrokerVersions['apis'][number] & { readonly nodeId: number }
const apiColumns: readonly Column<ApiRow>[] = [
  { key: 'apiKey', head: 'KEY', value: ({ apiKey }) => apiKey },
  { key: 'name', head: 'API', value: ({ name }) => name },
  { key: 'nodeId', head: 'BROKER', value: ({ nodeId }) => nodeId },
  { key: 'minVersion', head: 'MIN', value: ({ minVersion }) => minVersion },
  { key: 'maxVersion', head: 'MAX', value: ({ maxVersion }) => maxVersion },
  { key: 'usedVersion', head: 'USED', value: ({ usedVersion }) => usedVersion },
]

async function describe(options: Options): Promise<void> {
  const output = openOutput(options)
  const wantsVersions = options.features === true || options.apiVersions === true || output.format === 'json'
  const found = await withKafka(options, async (kafka, signal) => {
    const admin = kafka.admin()
    const cluster = await admin.describeCluster({ signal })
    return { cluster, versions: wantsVersions ? await versionsOf(admin, cluster.nodes, signal) : new Map() }
  })
  const { clusterId, controllerId, nodes } = found.cluster
  const versions: ReadonlyMap<string, BrokerVersions> = found.versions
  const brokers = [...nodes]
    .sort((a, b) => a.nodeId - b.nodeId)
    .map(({ nodeId, host, port, rack = null }) => ({ nodeId, host, port, rack, isController: nodeId === controllerId }))
  if (output.format === 'json') {
    const described = brokers.map((broker) => ({ ...broker, ...versions.get(String(broker.nodeId)) }))
    printJson({ clusterId, controllerId, brokers: described }, output)
    return
  }
  const rows = <T>(of: (versions: BrokerVersions) => readonly T[]): (T & { readonly nodeId: number })[] =>
    brokers.flatMap(({ nodeId }) => {
      const known = versions.get(String(nodeId))
      return known === undefined ? [] : of(known).map((row) => ({ ...row, nodeId }))
    })
  if (options.features === true) {
    const features = rows((known) => known.features).sort((a, b) => a.name.localeCompare(b.name))
    printTable(features, featureColumns, { output, whenEmpty: 'The brokers name no features.' })
  }
  if (options.apiVersions === true) {
    printTable(
      rows((known) => known.apis).sort((a, b) => a.apiKey - b.apiKey),
      apiColumns,
      { output },
    )
  }
  if (options.features === true || options.apiVersions === true) return
  const title = `Cluster ${clusterId ?? 'without an id'}, ${brokers.length} ${brokers.length === 1 ? 'broker' : 'brokers'}`
  printTable(brokers, brokerColumns, { output, title })
}

function versionsOf(admin: Admin, nodes: readonly { readonly nodeId: number }[], signal: AbortSignal) {
  const nodeIds = nodes.map(({ nodeId }) => nodeId)
  return admin.describeBrokerVersions(nodeIds, { signal })
}

function yes({ isController }: BrokerRow): string {
  return isController ? 'yes' : ''
}
