import { transcripts } from './transcript.ts'

transcripts('calls of the Java clients', [
  {
    name: 'admin-calls',
    title: 'the admin client gets the answers and the errors of Apache Kafka',
    script: async (shell) => void (await shell.run('admin-calls', '')),
  },
  {
    name: 'client-calls',
    title: 'producers and consumers get the answers and the errors of Apache Kafka',
    script: async (shell) =>
      void (await shell.run('client-calls', '', {
        normalize: (output) => output.replaceAll(/\[\d{13}, \d{13}\]/g, '[…]'),
      })),
  },
])
