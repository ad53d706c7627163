//! Loads files of records and prints what that cost: `cargo run --release --example load_records -- FILE…`

#![expect(clippy::print_stdout, reason = "an example that measures and prints")]

use std::path::Path;
use std::time::Instant;

use cpu_time::ProcessTime;
use trueup_connectors::load_records;
use trueup_engine::Snapshot;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let (wall, cpu) = (Instant::now(), ProcessTime::now());
        let mut snapshot = Snapshot::inferring("source");
        let report = load_records(Path::new(&path), &mut snapshot, &())?;
        println!(
            "{path}: {} records, {:.3} CPU s, {:.3} s, {}",
            report.records,
            cpu.elapsed().as_secs_f64(),
            wall.elapsed().as_secs_f64(),
            peak()
        );
    }
    Ok(())
}

fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: unknown");
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
