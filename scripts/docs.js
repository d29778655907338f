// npm run docs: writes docs/api/*.md from the docstrings of what the package exports. A test fails when they are not in step.
//   node scripts/docs.js          writes the pages
//   node scripts/docs.js --check  exits with 1, and names the pages, when they are not what would be written
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const pages = [
  {
    file: 'kohort.md',
    name: 'kohort',
    entry: 'src/client/index.ts',
    about:
      'The TypeScript client. Guides: [connecting](../guide/connecting.md), [consumer groups](../guide/consumer-groups.md), [observability](../guide/observability.md).',
  },
  {
    file: 'broker.md',
    name: 'kohort/broker',
    entry: 'src/broker/index.ts',
    about: 'A broker in a process of yours. For tests there is [kohort/testing](testing.md).',
  },
  {
    file: 'testing.md',
    name: 'kohort/testing',
    entry: 'src/testing/index.ts',
    about:
      'A broker for tests, a clock that can jump, and faults. Guide: [testing your app](../guide/testing-your-app.md).',
  },
  {
    file: 'tools.md',
    name: 'kohort/tools',
    entry: 'src/tools/index.ts',
    about:
      'The group tools as a library: what `kohort groups` and the exporter know, as values. Guides: [why is my group not moving?](../guide/why-is-my-group-not-moving.md), [lag](../consumer-lag.md), [the group timeline](../group-timeline.md).',
  },
  {
    file: 'wire.md',
    name: 'kohort/wire',
    entry: 'src/wire/index.ts',
    about: "Kafka's protocol as values: messages, record batches, compression, errors.",
    /** One schema and four types an API and direction: their docs are beside them. */
    leavesOut: 'src/wire/messages/',
  },
]
const GENERATED =
  '<!-- Generated from the docstrings by scripts/docs.js; a test fails when this page is not in step. Change the docstring, then run npm run docs. -->'
/** Types of values up to so many characters are shown, and their source up to so many. */
const SHORT = 120
const LONG = 1_500
const kinds = ['Classes', 'Functions', 'Types', 'Values']

const config = ts.getParsedCommandLineOfConfigFile(
  join(root, 'tsconfig.build.json'),
  {},
  { ...ts.sys, onUnRecoverableConfigFileDiagnostic: fail },
)
const program = ts.createProgram(
  pages.map(({ entry }) => join(root, entry)),
  { ...config.options, noEmit: true },
)
const checker = program.getTypeChecker()

let stale = 0
mkdirSync(join(root, 'docs/api'), { recursive: true })
for (const page of [...pages.map((one) => [one.file, pageOf(one)]), ['README.md', contents()]]) {
  const [file, text] = page
  const path = join(root, 'docs/api', file)
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
  stale++
  if (process.argv.includes('--check')) process.stderr.write(`docs/api/${file} is not in step: run npm run docs\n`)
  else writeFileSync(path, text)
}
process.exit(process.argv.includes('--check') && stale > 0 ? 1 : 0)

function contents() {
  const list = pages.map(({ file, name, about }) => `- [\`${name}\`](${file}): ${about}`)
  return `# API\n\n${GENERATED}\n\n${list.join('\n')}\n`
}

function pageOf({ name, entry, about, leavesOut }) {
  const module = checker.getSymbolAtLocation(program.getSourceFile(join(root, entry)))
  const found = new Map(kinds.map((kind) => [kind, []]))
  const others = new Set()
  for (const exported of checker.getExportsOfModule(module)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    const declarations = (symbol.declarations ?? []).filter(
      (node) => !node.getSourceFile().fileName.includes('/node_modules/'),
    )
    const [declaration] = declarations
    if (declaration === undefined) continue
    if (leavesOut !== undefined && relative(root, declaration.getSourceFile().fileName).startsWith(leavesOut)) {
      others.add(exported.name)
      continue
    }
    found.get(kindOf(declaration)).push({ name: exported.name, declarations })
  }
  const parts = [`# ${name}`, GENERATED, about]
  for (const kind of kinds) {
    const list = found.get(kind).sort((a, b) => (a.name < b.name ? -1 : 1))
    if (list.length === 0) continue
    parts.push(`**${kind}**: ${list.map((one) => `[${one.name}](#${one.name.toLowerCase()})`).join(', ')}`)
  }
  if (others.size > 0)
    parts.push(
      `And ${others.size} schemas and types of messages, one file an API, in [${leavesOut}](../../${leavesOut}).`,
    )
  for (const kind of kinds) {
    for (const one of found.get(kind)) parts.push(...sectionOf(one))
  }
  return `${parts.join('\n\n')}\n`
}

function sectionOf({ name, declarations }) {
  const [first] = declarations
  const file = relative(root, first.getSourceFile().fileName)
  const code = declarations.map((declaration) => codeOf(declaration, name)).join('\n')
  return [`## ${name}`, ...proseOf(first), `\`\`\`ts\n${code}\n\`\`\``, `<sub>[${file}](../../${file})</sub>`]
}

function kindOf(node) {
  if (ts.isClassDeclaration(node)) return 'Classes'
  if (ts.isFunctionDeclaration(node)) return 'Functions'
  return ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) ? 'Types' : 'Values'
}

/** The docstring: sentences, then what the tags say. */
function proseOf(node) {
  if (ts.isSourceFile(node)) return [/^\/\*\* (.*) \*\//.exec(node.text)[1]]
  const holder = ts.isVariableDeclaration(node) ? node.parent.parent : node
  const docs = ts.getJSDocCommentsAndTags(holder).filter(ts.isJSDoc)
  const doc = docs.at(-1)
  if (doc === undefined) return []
  const sentences = ts.getTextOfJSDocComment(doc.comment)?.trim() ?? ''
  const tags = (doc.tags ?? []).map((tag) => {
    const text = (ts.getTextOfJSDocComment(tag.comment) ?? '').replaceAll(/\s*\n\s*/g, ' ').trim()
    // What TypeScript reads as a type or a name is part of the sentence here.
    const beginning = ts.isJSDocThrowsTag(tag) && tag.typeExpression ? `${tag.typeExpression.getText()} ` : ''
    if (ts.isJSDocParameterTag(tag)) return `- \`${tag.name.getText()}\`: ${text}`
    const label = { throws: 'Throws', returns: 'Returns', return: 'Returns' }[tag.tagName.text] ?? tag.tagName.text
    return `- ${label}: ${beginning}${text}`
  })
  return [sentences, tags.join('\n')].filter((part) => part !== '')
}

/** The declaration without what nobody outside can see: bodies, private members, `export`. */
function codeOf(node, name) {
  // A module as one value.
  if (ts.isSourceFile(node)) return `const ${name}: { … }`
  if (ts.isClassDeclaration(node)) return classOf(node)
  if (ts.isFunctionDeclaration(node)) return signature(node)
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return withoutExport(textOf(node))
  const type = checker.typeToString(checker.getTypeAtLocation(node), node, ts.TypeFormatFlags.NoTruncation)
  if (type.length <= SHORT) return `const ${name}: ${type}`
  // What a schema says is easier to read than its type.
  const source = dedent(node.parent.getText(), node.parent)
  return source.length <= LONG ? source : `const ${name}: { … }`
}

function classOf(node) {
  const members = node.members.filter(isPublic).map((member) => {
    const doc = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc).at(-1)
    const comment = doc === undefined ? '' : `${dedent(doc.getText(), doc)}\n`
    return `${comment}${signature(member)}`.replaceAll(/^(?=.)/gm, '  ')
  })
  const head = node
    .getText()
    .slice(0, node.members.pos - node.getStart())
    .trim()
  return `${withoutExport(head)}\n${members.join('\n')}\n}`
}

function isPublic(member) {
  if (member.name !== undefined && ts.isPrivateIdentifier(member.name)) return false
  if (ts.isClassStaticBlockDeclaration(member) || ts.isSemicolonClassElement(member)) return false
  return !ts.getJSDocTags(member).some(({ tagName }) => tagName.text === 'internal')
}

/** Up to its body, or its value. */
function signature(node) {
  const end = node.body?.pos ?? (node.initializer === undefined ? node.end : (node.type ?? node.name).end)
  const text = node
    .getSourceFile()
    .text.slice(node.getStart(), end)
    .trim()
    .replace(/\s*=?$/, '')
  return withoutExport(dedent(text, node))
}

function textOf(node) {
  return dedent(node.getText(), node)
}

/** Source text as if it stood at the beginning of a line. */
function dedent(text, node) {
  const { text: source } = node.getSourceFile()
  const lineStart = source.lastIndexOf('\n', node.getStart()) + 1
  const indent = /^ */.exec(source.slice(lineStart))[0].length
  return text.replaceAll(new RegExp(`\\n {1,${Math.max(1, indent)}}`, 'g'), (match) => (indent === 0 ? match : '\n'))
}

function withoutExport(text) {
  return text.replace(/^export (?:declare )?/, '')
}

function fail(diagnostic) {
  throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'))
}
