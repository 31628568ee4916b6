//! What the system says of this process, under the names that every client of Prometheus uses; nothing where there is no
//! `/proc`.

use std::fmt;
use std::fs;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use rlimit::Resource;

/// Linux counts the time of processes in hundredths of a second, whatever the machine (`USER_HZ`).
const TICKS: f64 = 100.0;

/// Read when the figures are asked for.
#[derive(Debug)]
pub(super) struct Process;

/// What `/proc/self/stat` says.
struct Times {
    cpu_seconds: f64,
    /// Since the machine was started.
    started_seconds: f64,
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let times = times();
        if let Some(times) = &times {
            let help = "User and system time";
            let cpu = encoder.encode_descriptor("process_cpu_seconds", help, None, MetricType::Counter)?;
            ConstCounter::new(times.cpu_seconds).encode(cpu)?;
        }
        let started = times.zip(booted()).map(|(times, booted)| booted + times.started_seconds);
        for (name, help, value) in [
            ("process_start_time_seconds", "When the process began, in seconds since 1970", started),
            ("process_resident_memory_bytes", "Memory that is in use", resident()),
            ("process_open_fds", "Open files and connections", open_files()),
            ("process_max_fds", "How many files and connections may be open", most_files()),
        ] {
            if let Some(value) = value {
                ConstGauge::new(value).encode(encoder.encode_descriptor(
                    name,
                    help,
                    None,
                    MetricType::Gauge,
                )?)?;
            }
        }
        Ok(())
    }
}

fn times() -> Option<Times> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    // The name in brackets may hold anything.
    let (_, rest) = text.rsplit_once(") ")?;
    let field = |number: usize| rest.split(' ').nth(number)?.parse::<f64>().ok();
    Some(Times { cpu_seconds: (field(11)? + field(12)?) / TICKS, started_seconds: field(19)? / TICKS })
}

/// When the machine was started, in seconds since 1970.
fn booted() -> Option<f64> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    text.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

fn resident() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let kibibytes = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?;
    Some(kibibytes.trim().parse::<f64>().ok()? * 1024.0)
}

fn open_files() -> Option<f64> {
    let count = fs::read_dir("/proc/self/fd").ok()?.count();
    // One of them is the folder that is being read.
    u32::try_from(count.saturating_sub(1)).ok().map(f64::from)
}

fn most_files() -> Option<f64> {
    let (soft, _) = Resource::NOFILE.get().ok()?;
    Some(u32::try_from(soft).map_or(f64::INFINITY, f64::from))
}
