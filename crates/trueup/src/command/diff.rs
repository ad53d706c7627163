use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use serde::Serialize;
use trueup_connectors::{from_yaml, load_records};
use trueup_engine::diff::{DiffFlags, Summary};
use trueup_engine::kind::SchemaDocument;
use trueup_engine::{Diff, DiffOptions, Schema, Snapshot, diff};
use trueup_jobs::cpu;

use crate::arguments::{DiffArguments, DiffFormat};
use crate::exit::Exit;
use crate::output::Output;

/// What one step cost.
#[derive(Debug, Serialize)]
struct StepStats {
    step: &'static str,
    records: u64,
    wall_s: f64,
    /// Of all threads, from the process clock.
    cpu_s: f64,
    /// Of the whole process so far; null where the system does not tell.
    peak_rss_mib: Option<f64>,
    /// What the comparison found; only the last step knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Summary>,
}

pub fn run(arguments: &DiffArguments, output: &Output) -> anyhow::Result<Exit> {
    compare(arguments, *output).or_else(|error| {
        output.error(&error);
        Ok(Exit::Trouble)
    })
}

fn compare(arguments: &DiffArguments, output: Output) -> anyhow::Result<Exit> {
    let options = DiffOptions { flags: flags(&arguments.flags)?, ..DiffOptions::default() };
    let schema = arguments.kinds.as_deref().map(kinds).transpose()?.map(Arc::new);
    let stats = |stats: StepStats| if arguments.stats { output.json_line(&stats) } else { Ok(()) };
    let load = |step, name: &str, path: &Path| -> anyhow::Result<Snapshot> {
        let clock = Clock::start();
        let mut snapshot = match &schema {
            Some(schema) => Snapshot::new(name, Arc::clone(schema)),
            None => Snapshot::inferring(name),
        };
        let _report = load_records(path, &mut snapshot, &())?;
        stats(clock.stop(step, snapshot.len(), None))?;
        Ok(snapshot)
    };
    let mut source = load("load_source", "source", &arguments.source)?;
    let mut target = load("load_target", "target", &arguments.target)?;
    target.learn_from(source.schema())?;
    source.learn_from(target.schema())?;
    let clock = Clock::start();
    let diff = diff(&source, &target, &options, &mut |_| {});
    stats(clock.stop("diff", source.len() + target.len(), None))?;
    let clock = Clock::start();
    let summary = diff.summary();
    stats(clock.stop("summary", diff.len(), Some(summary)))?;
    for problem in diff.problems() {
        anstream::eprintln!("note: {problem}");
    }
    let default = if output.is_json() { DiffFormat::Json } else { DiffFormat::Text };
    match arguments.format {
        Some(format) => print(&diff, format, output)?,
        None if arguments.stats => {}
        None => print(&diff, default, output)?,
    }
    Ok(if diff.has_diffs() { Exit::Different } else { Exit::Success })
}

fn print(diff: &Diff<'_>, format: DiffFormat, output: Output) -> anyhow::Result<()> {
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    match format {
        DiffFormat::Json => {
            diff.write_json(&mut stdout)?;
            writeln!(stdout)?;
        }
        DiffFormat::Summary if output.is_json() => writeln!(stdout, "{}", serde_json::to_string(&diff.summary())?)?,
        DiffFormat::Summary => {
            let Summary { create, update, delete, no_change, skip } = diff.summary();
            let rows =
                [("create", create), ("update", update), ("delete", delete), ("no-change", no_change), ("skip", skip)];
            rows.iter().try_for_each(|(name, count)| writeln!(stdout, "{name:<10}{count:>10}"))?;
        }
        DiffFormat::Text => {
            diff.write_text(&mut Text(&mut stdout)).context("the difference could not be printed")?;
            writeln!(stdout)?;
        }
    }
    Ok(stdout.flush()?)
}

/// Text written to a stream of bytes.
struct Text<'w, W>(&'w mut W);

impl<W: Write> std::fmt::Write for Text<'_, W> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.write_all(text.as_bytes()).map_err(|_| std::fmt::Error)
    }
}

fn flags(names: &[String]) -> anyhow::Result<DiffFlags> {
    let known = || DiffFlags::NAMES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let flag = |name: &String| {
        DiffFlags::from_name(name).with_context(|| format!("`{name}` is no flag; there are {}", known()))
    };
    names.iter().map(flag).collect()
}

fn kinds(path: &Path) -> anyhow::Result<Schema> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("the kinds in {} cannot be read", path.display()))?;
    let document: SchemaDocument =
        from_yaml(&text).with_context(|| format!("the kinds in {} are not well-formed", path.display()))?;
    document.to_schema().with_context(|| format!("the kinds in {} cannot be used", path.display()))
}

/// Wall and processor time of one step.
struct Clock {
    wall: Instant,
    cpu: f64,
}

impl Clock {
    fn start() -> Self {
        Self { wall: Instant::now(), cpu: cpu::process_seconds() }
    }

    fn stop(self, step: &'static str, records: usize, summary: Option<Summary>) -> StepStats {
        let round = |seconds: f64| (seconds * 1e6).round() / 1e6;
        StepStats {
            step,
            records: records as u64,
            wall_s: round(self.wall.elapsed().as_secs_f64()),
            cpu_s: round(cpu::process_seconds() - self.cpu),
            peak_rss_mib: peak_rss_mib(),
            summary,
        }
    }
}

fn peak_rss_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some((kib / 1024.0 * 10.0).round() / 10.0)
}
