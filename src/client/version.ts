/** What brokers are told of the client (KIP-511): they count requests by it. A test compares the version with package.json. */
export const clientSoftwareName = 'kohort'
export const clientSoftwareVersion = '0.1.0'
