//! Durations as Prometheus writes them (`1h30m`) and as Go does (`1h2m3.5s`).
