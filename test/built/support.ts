import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { projectRoot } from '../interop/support/toolchain.ts'

/** A module of the build. */
export function distUrl(path: string): string {
  return pathToFileURL(join(projectRoot, 'dist', path)).href
}
