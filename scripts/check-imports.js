// Checks the import rules (.dependency-cruiser.cjs) and that ARCHITECTURE.md prints the same table.
// Fails when the tool saw no modules or no imports: a check that sees nothing would pass for ever.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { cruise } from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)
const config = createRequire(import.meta.url)('../.dependency-cruiser.cjs')
const { output } = await cruise(
  ['src'],
  { ...config.options, ruleSet: { forbidden: config.forbidden }, validate: true },
  undefined,
  {
    tsConfig: extractTSConfig('tsconfig.json'),
  },
)

const problems = output.summary.violations.map(({ from, to, rule }) => `${from} -> ${to}: ${rule.name}`)
const modules = output.modules.filter(({ source }) => source.startsWith('src/')).length
const imports = output.summary.totalDependenciesCruised
if (modules < 50 || imports < 100)
  problems.push(`only ${modules} modules and ${imports} imports seen: the check is blind`)

const page = readFileSync('ARCHITECTURE.md', 'utf8')
for (const [layer, targets] of Object.entries(config.allowed)) {
  const row = `| \`${layer}\` | ${targets.join(', ') || '–'}`
  if (!page.includes(row)) problems.push(`ARCHITECTURE.md lacks the row: ${row}`)
}

for (const problem of problems) console.error(problem)
console.log(`import rules: ${modules} modules, ${imports} imports, ${problems.length} problems`)
process.exit(problems.length === 0 ? 0 : 1)
