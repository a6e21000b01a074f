//! `process_*`, from `/proc/self`; where that cannot be read they are left out.
//! (Source: proc(5); Prometheus client libraries' "process metrics".)

use std::fs;

use crate::time::Timestamp;

use super::page::Page;

/// Clock ticks per second in `/proc`: Linux' `USER_HZ`, 100 on everything we build for.
const TICKS: f64 = 100.0;

pub(super) fn write(page: &mut Page, started_at: Timestamp) {
    page.gauge("process_start_time_seconds", "When the process began to serve.")
        .value(started_at.seconds());
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    if let Some(seconds) = cpu_seconds(&stat) {
        page.counter("process_cpu_seconds_total", "Processor time used.").value(seconds);
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(bytes) = bytes_of(&status, "VmRSS:") {
        page.gauge("process_resident_memory_bytes", "Memory in use.").value(bytes);
    }
    if let Some(bytes) = bytes_of(&status, "VmSize:") {
        page.gauge("process_virtual_memory_bytes", "Address space in use.").value(bytes);
    }
    let network = fs::read_to_string("/proc/self/net/netstat").unwrap_or_default();
    for (name, help, field) in [
        ("process_network_receive_bytes_total", "Bytes that came in by IP.", "InOctets"),
        ("process_network_transmit_bytes_total", "Bytes that went out by IP.", "OutOctets"),
    ] {
        if let Some(bytes) = octets(&network, field) {
            page.counter(name, help).value(bytes);
        }
    }
    if let Ok(entries) = fs::read_dir("/proc/self/fd") {
        page.gauge("process_open_fds", "Open file descriptors.").value(entries.count() as f64);
    }
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    if let Some(limit) = limit(&limits, "Max open files") {
        page.gauge("process_max_fds", "The most file descriptors.").value(limit);
    }
    // without a limit it is all that an address reaches
    let space = limit(&limits, "Max address space").unwrap_or(u64::MAX as f64);
    page.gauge("process_virtual_memory_max_bytes", "The most address space.").value(space);
}

/// User and system time: the 14th and 15th field; the 2nd is a name in parentheses.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS)
}

/// A line `VmRSS:     1234 kB`.
fn bytes_of(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? * 1024.0)
}

/// A line `Max open files            1024                 524288               files`.
fn limit(limits: &str, name: &str) -> Option<f64> {
    let line = limits.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// A field of the two lines `IpExt: InNoRoutes ... InOctets ...` and `IpExt: 0 ... 4711 ...`.
fn octets(network: &str, field: &str) -> Option<f64> {
    let mut lines = network.lines().filter_map(|line| line.strip_prefix("IpExt: "));
    let position = lines.next()?.split(' ').position(|name| name == field)?;
    lines.next()?.split(' ').nth(position)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_proc_are_read() {
        let stat = "42 (a (b) c) S 1 1 1 0 -1 4194560 99 0 0 0 150 50 0 0 20 0 9 0 100";
        assert_eq!(cpu_seconds(stat), Some(2.0));
        let status = "Name:\tfirebell\nVmSize:\t  2048 kB\nVmRSS:\t     512 kB\n";
        assert_eq!(bytes_of(status, "VmRSS:"), Some(524_288.0));
        assert_eq!(bytes_of(status, "VmSwap:"), None);
        let limits =
            "Max processes  1  2  processes\nMax open files            1024  4096  files\n";
        assert_eq!(limit(limits, "Max open files"), Some(1024.0));
        assert_eq!(limit("Max open files  unlimited  unlimited  files", "Max open files"), None);
        let network = "TcpExt: A\nTcpExt: 1\nIpExt: InNoRoutes InOctets\nIpExt: 0 4711\n";
        assert_eq!(octets(network, "InOctets"), Some(4711.0));
        assert_eq!(octets(network, "OutOctets"), None);
        assert_eq!(cpu_seconds(""), None);
    }
}
