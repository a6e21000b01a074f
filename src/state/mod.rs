//! What survives a restart: records by key, written in atomic batches.
