// npm start: set-up where needed, then the command line in this same process (signals reach it directly).
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, setUp } from './setup.js'

setUp()
const bin = join(root, 'bin', 'kohort.js')
process.argv[1] = bin
await import(pathToFileURL(bin).href)
