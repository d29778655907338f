export { addOutputOption, type Format, type Output, type OutputOptions, openOutput } from './output.ts'
export { type Progress, startProgress } from './progress.ts'
export { printable, type Style, styled } from './style.ts'
export { type Column, printJson, printTable, type TableOptions, type Value } from './table.ts'
