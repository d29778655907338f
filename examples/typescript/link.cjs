// In a project of yours: npm install --save-dev kohort. Here it is the one that this folder belongs to.
const { existsSync, mkdirSync, symlinkSync } = require('node:fs')
const { join } = require('node:path')

const link = join(__dirname, 'node_modules', 'kohort')
mkdirSync(join(__dirname, 'node_modules'), { recursive: true })
if (!existsSync(link)) symlinkSync(join(__dirname, '../..'), link, 'dir')
