// npm run package:tarball: kohort with the Node that runs this, for machines without Node.
//   dist-packages/kohort-VERSION-PLATFORM-ARCH.tar.gz
//     bin/          starts it: kohort, and the drop-in kafka-consumer-groups and kafka-topics
//     lib/node      Node
//     lib/app       kohort and the packages that it needs, each with its licence
//     licenses      kohort's, Node's, and the list of the packages
//   --node-license FILE   Node's licence, where it is not found beside Node
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { root, setUp } from './setup.js'

const { values: options } = parseArgs({ options: { 'node-license': { type: 'string' } } })
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const name = `kohort-${version}-${process.platform}-${process.arch}`
const output = join(root, 'dist-packages')
const folder = join(output, name)
const app = join(folder, 'lib/app')

/** Follows links, so that /usr/local/bin/kohort may be one; exec, so that signals reach Node. */
const launcher = (program) => `#!/bin/sh
self=$0
while [ -L "$self" ]; do
  target=$(readlink "$self")
  case $target in
    /*) self=$target ;;
    *) self=\${self%/*}/$target ;;
  esac
done
case $self in
  */*) root=\${self%/*}/.. ;;
  *) root=.. ;;
esac
exec "$root/lib/node" "$root/lib/app/bin/${program}.js" "$@"
`

const nodeLicense = findNodeLicense()
setUp()
rmSync(folder, { recursive: true, force: true })
for (const part of ['bin', 'lib/app/dist', 'licenses']) mkdirSync(join(folder, part), { recursive: true })

for (const file of ['package.json', 'package-lock.json', 'LICENSE', 'README.md', 'CHANGELOG.md']) {
  copyFileSync(join(root, file), join(app, file))
}
cpSync(join(root, 'bin'), join(app, 'bin'), { recursive: true })
cpSync(join(root, 'dist/bin'), join(app, 'dist/bin'), { recursive: true })
run(
  'npm',
  ['ci', '--omit=dev', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'],
  app,
)
for (const file of ['package-lock.json', 'node_modules/.package-lock.json', 'node_modules/.bin']) {
  rmSync(join(app, file), { recursive: true, force: true })
}

copyFileSync(process.execPath, join(folder, 'lib/node'))
chmodSync(join(folder, 'lib/node'), 0o755)
for (const program of ['kohort', 'kafka-consumer-groups', 'kafka-topics']) {
  writeFileSync(join(folder, 'bin', program), launcher(program), { mode: 0o755 })
}
copyFileSync(join(root, 'LICENSE'), join(folder, 'licenses/kohort.txt'))
copyFileSync(nodeLicense, join(folder, 'licenses/node.txt'))
writeFileSync(join(folder, 'licenses/packages.txt'), listOfPackages())

run('tar', ['-czf', `${name}.tar.gz`, '--owner=0', '--group=0', name], output)
rmSync(folder, { recursive: true })
process.stdout.write(`${join(output, `${name}.tar.gz`)}\n`)

/** Beside the binary of nodejs.org, or where Debian's package has it. */
function findNodeLicense() {
  const bin = dirname(process.execPath)
  const places = [options['node-license'], join(bin, '../LICENSE'), '/usr/share/doc/nodejs/LICENSE']
  const found = places.find((file) => file !== undefined && existsSync(file))
  return found ?? fail(`the licence of ${process.execPath} is not beside it: name it with --node-license FILE`)
}

function listOfPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const installed = Object.entries(packages).filter(([path]) => path !== '' && existsSync(join(app, path)))
  const lines = installed.map(
    ([path, { version, license }]) => `${path.slice('node_modules/'.length)} ${version}: ${license}`,
  )
  return `Packages in lib/app/node_modules, with the licences that their own folders hold:\n\n${lines.join('\n')}\n`
}

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', process.stderr, process.stderr] })
  if (error !== undefined) fail(`cannot run ${command}: ${error.message}`)
  if (status !== 0) fail(`\`${command} ${args.join(' ')}\` failed with exit code ${status}`)
}

function fail(message) {
  process.stderr.write(`package:tarball: ${message}.\n`)
  process.exit(1)
}
