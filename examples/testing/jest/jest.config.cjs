module.exports = { rootDir: __dirname, testMatch: ['**/*.test.cjs'], testEnvironment: 'node', testTimeout: 30_000 }
