import type { Buffer } from 'node:buffer'
import type { Disk } from './disk.ts'

/** Gives `directory/name` new contents, durably: whatever happens meanwhile, the file has the old ones or the new ones. */
export async function replaceFile(
  disk: Disk,
  { directory, name }: { readonly directory: string; readonly name: string },
  contents: readonly Buffer[],
): Promise<void> {
  const temporary = `${directory}/${name}.new`
  await disk.remove(temporary)
  const file = await disk.open(temporary, { create: true })
  try {
    await file.write(contents, 0)
    await file.datasync()
  } finally {
    await file.close()
  }
  await disk.rename(temporary, `${directory}/${name}`)
  await disk.syncDirectory(directory)
}
