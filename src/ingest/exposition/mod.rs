//! Prometheus' text format (0.0.4), and as much of OpenMetrics as clients send.
