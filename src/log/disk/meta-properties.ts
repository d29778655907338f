import { Buffer } from 'node:buffer'
import { LogOpenError } from '../log-open-error.ts'
import type { Disk } from './disk.ts'
import { replaceFile } from './replace-file.ts'

/** Of the data folder: WAL, checkpoint and segment files. Raise it with a change that an older kohort would misread. */
export const FORMAT_VERSION = 1

const FILE = 'meta.properties'
const VERSION_KEY = 'kohort.format.version'
const CLUSTER_KEY = 'cluster.id'

export interface MetaProperties {
  readonly clusterId: string | undefined
}

/**
 * Reads a folder's meta.properties, or writes it into a folder without.
 * @throws LogOpenError NEWER_FORMAT, FOREIGN_FOLDER, CORRUPT
 */
export async function openMetaProperties(
  disk: Disk,
  directory: string,
  created: MetaProperties,
): Promise<MetaProperties> {
  const bytes = await disk.readFile(`${directory}/${FILE}`)
  if (bytes === undefined) {
    await refusePartOfAFolder(disk, directory)
    await write(disk, directory, created)
    return created
  }
  const properties = parse(bytes.toString('utf8'))
  const version = properties.get(VERSION_KEY)
  if (version === undefined) {
    throw new LogOpenError('FOREIGN_FOLDER', `${directory} is the data folder of another program, not of kohort`)
  }
  if (!/^\d+$/.test(version)) throw new LogOpenError('CORRUPT', `${directory}/${FILE} names no format version`)
  if (Number(version) > FORMAT_VERSION) {
    throw new LogOpenError(
      'NEWER_FORMAT',
      `${directory} was written by a newer kohort (format ${version}; this one knows up to ${FORMAT_VERSION})`,
    )
  }
  return { clusterId: properties.get(CLUSTER_KEY) }
}

async function refusePartOfAFolder(disk: Disk, directory: string): Promise<void> {
  for (const name of await disk.list(directory)) {
    if (!/-\d+$/.test(name)) continue
    const names = await disk.list(`${directory}/${name}`)
    if (names.includes('partition.metadata')) {
      throw new LogOpenError('CORRUPT', `${directory} has partitions but no ${FILE}: it is not a whole data folder`)
    }
  }
}

async function write(disk: Disk, directory: string, { clusterId }: MetaProperties): Promise<void> {
  const lines = [
    `${VERSION_KEY}=${FORMAT_VERSION}`,
    ...(clusterId === undefined ? [] : [`${CLUSTER_KEY}=${clusterId}`]),
  ]
  await replaceFile(disk, { directory, name: FILE }, [Buffer.from(`${lines.join('\n')}\n`)])
}

function parse(text: string): Map<string, string> {
  const properties = new Map<string, string>()
  for (const line of text.split('\n')) {
    const at = line.indexOf('=')
    if (at > 0 && !line.startsWith('#')) properties.set(line.slice(0, at).trim(), line.slice(at + 1).trim())
  }
  return properties
}
