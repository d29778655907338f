// Required before anything else, from CommonJS: libuv reads the size once, at the first use of its threads, which loading an ES module already is.
// Half of Node's four threads may be busy with cold reads and checkpoints; a write to the log must never wait behind them.
process.env.UV_THREADPOOL_SIZE ??= '12'
