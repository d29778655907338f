export * from './lag/index.ts'
