import { defineConfig } from 'vitest/config'

/** Suites of the build, and those that start other processes: the broker, clients of other languages, Apache Kafka. */
const processSuites = [
  'test/built/**/*.test.ts',
  'test/cli/**/*.test.ts',
  'test/crash/**/*.test.ts',
  'test/hostile/process/**/*.test.ts',
  'test/interop/**/*.test.ts',
]

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...processSuites, '**/node_modules/**'],
          // Modules are loaded once a worker, not once a file: a quarter of the time is saved. No module of src/ keeps state of its own.
          isolate: false,
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'process',
          include: processSuites,
          exclude: ['**/node_modules/**'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
})
