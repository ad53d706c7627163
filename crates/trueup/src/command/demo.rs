//! The story that a newcomer sees first: a first sync, a change, and a bad day.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value as Json, json};
use trueup_jobs::job::IntoJob as _;
use trueup_jobs::run::{RunMode, Runner, SyncReport};
use trueup_jobs::store::{StepFilter, SyncId, SyncStatus};
use trueup_jobs::variable::Given;
use trueup_jobs::{DeclarativeJob, JobFile};

use super::USER;
use crate::arguments::DemoArguments;
use crate::exit::Exit;
use crate::output::{Output, hint, not_on_path, print_outcome, print_report, print_step};

/// The files of `examples/demo`, as they are written for the demo.
const FILES: [(&str, &[u8]); 10] = [
    ("job.yaml", include_bytes!("../../../../examples/demo/job.yaml")),
    ("day1/sites.csv", include_bytes!("../../../../examples/demo/day1/sites.csv")),
    ("day1/devices.jsonl", include_bytes!("../../../../examples/demo/day1/devices.jsonl")),
    ("day1/ipam.yaml", include_bytes!("../../../../examples/demo/day1/ipam.yaml")),
    ("day2/sites.csv", include_bytes!("../../../../examples/demo/day2/sites.csv")),
    ("day2/devices.jsonl", include_bytes!("../../../../examples/demo/day2/devices.jsonl")),
    ("day2/ipam.yaml", include_bytes!("../../../../examples/demo/day2/ipam.yaml")),
    ("day3/sites.csv", include_bytes!("../../../../examples/demo/day3/sites.csv")),
    ("day3/devices.jsonl", include_bytes!("../../../../examples/demo/day3/devices.jsonl")),
    ("day3/ipam.yaml", include_bytes!("../../../../examples/demo/day3/ipam.yaml")),
];

const DATABASE: &str = "inventory.db";

pub async fn run(arguments: &DemoArguments, output: &Output) -> anyhow::Result<Exit> {
    let folder = prepare(arguments.data_dir.as_deref())?;
    let database = folder.join(DATABASE);
    let runner = Runner::open(&database.display().to_string(), USER).await?;
    let demo = Demo { runner, job: folder.join("job.yaml"), output: *output };
    output.say(format!("The demo's exports, job and inventory are in {}", folder.display()));
    let refused = demo.three_days().await;
    demo.runner.inventory().close().await;
    let refused = refused?;
    if !arguments.once {
        how_to_go_on(*output, &folder, refused);
    }
    Ok(Exit::Success)
}

/// Writes the files into the folder, which may not hold a demo already.
fn prepare(folder: Option<&Path>) -> anyhow::Result<PathBuf> {
    let folder = match folder {
        Some(folder) => folder.to_owned(),
        None => std::env::temp_dir().join(format!("trueup-demo-{}", uuid::Uuid::new_v4().simple())),
    };
    let database = folder.join(DATABASE);
    if database.exists() {
        anyhow::bail!("{} holds a demo already; name another folder, or remove this one", folder.display());
    }
    for (name, bytes) in FILES {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(&folder);
        std::fs::create_dir_all(parent).with_context(|| format!("the folder {} cannot be made", parent.display()))?;
        std::fs::write(&path, bytes).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(folder)
}

struct Demo {
    runner: Runner,
    job: PathBuf,
    output: Output,
}

impl Demo {
    async fn sync(&self, day: &str, mode: &RunMode) -> anyhow::Result<SyncReport> {
        let job = DeclarativeJob::new(JobFile::read(&self.job)?)?.into_job();
        let progress = self.output.progress();
        Ok(self.runner.run(&job, &Given::texts([("path", day)]), mode, &|event| progress.watch(event)).await?)
    }

    async fn three_days(&self) -> anyhow::Result<SyncId> {
        self.first_day().await?;
        self.second_day().await?;
        self.third_day().await
    }

    async fn first_day(&self) -> anyhow::Result<()> {
        let output = self.output;
        output.heading("Day 1: three exports, an empty inventory");
        output.say("First a dry run. It loads both sides, compares them, and stores a plan; nothing else is written.");
        let planned = self.sync("day1", &RunMode::DryRun).await?;
        print_report(output, &planned);
        output.say("\nThe same again, applied, and read back from the inventory to see that it is so:");
        let applied = self.sync("day1", &RunMode::Apply).await?;
        print_outcome(output, &applied);
        let second = self.second_run("day1").await?;
        output.json(&day(1, &applied, Some(&second)))
    }

    async fn second_day(&self) -> anyhow::Result<()> {
        let output = self.output;
        output.heading("Day 2: the network has changed");
        output.say("A new store opened, a switch and a VLAN were renamed, a few things are gone. The plan:");
        let planned = self.sync("day2", &RunMode::DryRun).await?;
        print_report(output, &planned);
        output.say("\nSome of its steps:");
        for (kind, action) in [("vlan", "update"), ("device", "update"), ("device", "delete"), ("device", "create")] {
            let filter = StepFilter {
                kinds: vec![kind.to_owned()],
                actions: vec![action.to_owned()],
                limit: 3,
                ..StepFilter::default()
            };
            for step in self.runner.store().steps(planned.plan, &filter).await? {
                print_step(output, &step);
            }
        }
        output.say(format!("\nWhat was shown is what is applied: plan {}, step by step.", planned.plan));
        let progress = output.progress();
        let applied = self.runner.apply(planned.plan, None, &|event| progress.watch(event)).await?;
        print_outcome(output, &applied);
        let second = self.second_run("day2").await?;
        let mut line = day(2, &applied, Some(&second));
        line["no-change"] = json!(planned.summary.no_change);
        output.json(&line)
    }

    async fn third_day(&self) -> anyhow::Result<SyncId> {
        let output = self.output;
        output.heading("Day 3: the discovery tool stopped early");
        output.say(
            "Its export holds a tenth of the devices, and nothing in the file says so. A sync that trusted it would",
        );
        output.say("delete the rest of the network. This run is asked to apply:");
        let refused = self.sync("day3", &RunMode::Apply).await?;
        print_report(output, &refused);
        output.json(&day(3, &refused, None))?;
        Ok(refused.sync)
    }

    async fn second_run(&self, day: &str) -> anyhow::Result<SyncReport> {
        let second = self.sync(day, &RunMode::Apply).await?;
        self.output.say(format!(
            "\nA second run has {} to change.",
            match second.steps {
                0 => "nothing".to_owned(),
                steps => format!("{steps} steps"),
            }
        ));
        Ok(second)
    }
}

/// One day as a line of JSON.
fn day(day: u8, report: &SyncReport, second: Option<&SyncReport>) -> Json {
    let counts = report.outcomes.unwrap_or_default();
    json!({
        "day": day,
        "create": report.summary.create,
        "update": report.summary.update,
        "delete": report.summary.delete,
        "no-change": report.summary.no_change,
        "applied": counts.applied(),
        "failed": counts.not_applied() + counts.unverified,
        "second_run_changes": second.map(|second| second.steps),
        "blocked": report.status == SyncStatus::WaitingForApproval,
        "deleted": counts.deleted,
        "durations": report.durations,
    })
}

fn how_to_go_on(output: Output, folder: &Path, refused: SyncId) {
    let folder = folder.display();
    output.heading("How to go on");
    output.say(format!("  cd {folder}"));
    if let Some(program) = not_on_path() {
        output.say(format!("  export PATH=\"{}:$PATH\"", program.display()));
    }
    output.say("  export TRUEUP_DATABASE=inventory.db");
    for (command, what) in [
        (hint("history"), "every sync so far"),
        (hint(format!("show {refused}")), "why day 3 was stopped"),
        (hint("run job.yaml --var path=day3"), "look again; --apply to try"),
        ("less job.yaml".to_owned(), "the whole job, to make your own of"),
    ] {
        output.say(format!("  {command:<48}# {what}"));
    }
}
