const { statSync } = require('node:fs')
const { enableCompileCache } = require('node:module')
const { join } = require('node:path')

// Node 22 and later keep what V8 compiled, in the system's folder for temporary files.
enableCompileCache?.()

const root = join(__dirname, '..')

/** Runs `use` with a program of the build: the bundle; in a checkout that tsc alone has built since, the modules. */
module.exports = function load(bundle, module_, use) {
  open(bundle, module_).then(use, (error) => {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND' && error?.code !== 'MODULE_NOT_FOUND') throw error
    process.stderr.write(
      `kohort is not built, or its packages are not installed: run \`npm start\` once. (${error.message.split('\n', 1)})\n`,
    )
    process.exitCode = 1
  })
}

async function open(bundle, module_) {
  return isBehind(bundle) ? import(`../dist/${module_}`) : require(`../dist/bin/${bundle}`)
}

function isBehind(bundle) {
  const changedMs = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
  return changedMs('.cache/tsbuildinfo.json') > changedMs(`dist/bin/${bundle}`)
}
