// Imported first by what starts processes to measure: they inherit the environment without this.
// Where a machine sets it, for its package registry, each process of Node reads a file of certificates before its first line: 65 ms of a start of 70.
delete process.env.NODE_EXTRA_CA_CERTS
