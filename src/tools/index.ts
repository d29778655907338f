export * from './groups/index.ts'
export * from './lag/index.ts'
export * from './timeline/index.ts'
export * from './topics/index.ts'
