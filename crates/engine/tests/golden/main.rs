//! DiffSync's own results as golden cases: each case is an input and what DiffSync 2.2.3 did with it.
//!
//! `cargo test -p trueup-engine --test golden` runs the project's cases (a copy is in this folder) and those of
//! `extra.json`, which `record.py` recorded; `TRUEUP_GOLDEN=<file>` runs another file of the same form. Deliberate
//! differences are the table in `deviations.rs`.

#![expect(clippy::print_stdout, reason = "its output is its report; there is no test harness")]

mod deviations;
mod outcome;
mod scenario;
mod world;

use std::collections::BTreeSet;
use std::panic;
use std::path::PathBuf;
use std::process::ExitCode;

use deviations::{Aspect, Deviation};
use scenario::Case;

const PROJECT: &str = include_str!("diffsync-golden.json");
const EXTRA: &str = include_str!("extra.json");

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        // What test runners ask of a test binary; there is one test, and none is ignored.
        if !arguments.iter().any(|argument| argument == "--ignored") {
            println!("golden: test");
        }
        return ExitCode::SUCCESS;
    }
    let agrees = match std::env::var_os("TRUEUP_GOLDEN") {
        None => {
            let project = run("the project's cases", PROJECT);
            run("more recorded cases", EXTRA) && project
        }
        Some(path) => {
            let path = PathBuf::from(path);
            let text = std::fs::read_to_string(&path)
                .unwrap_or_else(|error| panic!("cannot read the golden cases in {}: {error}", path.display()));
            run(&path.display().to_string(), &text)
        }
    };
    if agrees { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs the cases of one file and reports about them; whether none failed.
fn run(what: &str, text: &str) -> bool {
    let cases = scenario::read(text).unwrap_or_else(|error| panic!("{what} are not as described: {error}"));
    assert!(!cases.is_empty(), "the file has no golden cases");
    let (mut passed, mut by_design, mut failed) = (0, Vec::new(), Vec::new());
    for case in &cases {
        match judge(case) {
            Verdict::Passed => passed += 1,
            Verdict::ByDesign(reason) => by_design.push((case.scenario.id.as_str(), reason)),
            Verdict::Failed(differences) => failed.push((case, differences)),
        }
    }
    println!("\n{what}: {passed} passed, {} differ by design, {} failed", by_design.len(), failed.len());
    let unchecked: BTreeSet<&String> = cases.iter().flat_map(|case| case.golden.unknown.keys()).collect();
    if !unchecked.is_empty() {
        println!("  not checked, because this test does not know them: {unchecked:?}");
    }
    for (id, reason) in &by_design {
        println!("  {id} differs by design: {reason}");
    }
    for (case, differences) in &failed {
        println!("  {} FAILED: {}", case.scenario.id, case.scenario.note);
        for (aspect, difference) in differences {
            println!("    {aspect:?}: {difference}");
        }
    }
    failed.is_empty()
}

enum Verdict {
    Passed,
    ByDesign(String),
    Failed(Vec<(Aspect, String)>),
}

fn judge(case: &Case) -> Verdict {
    if let Some(unknown) = case.scenario.unknown.keys().next() {
        let reason = format!("the scenario's `{unknown}` is not described, so it was not run");
        return Verdict::Failed(vec![(Aspect::Error, reason)]);
    }
    let compared = panic::catch_unwind(|| {
        let found = outcome::of(&case.scenario);
        outcome::compare(&case.golden, &found, &case.scenario)
    });
    let Ok(differences) = compared else {
        return Verdict::Failed(vec![(Aspect::Error, "it could not be run; the reason stands above".to_owned())]);
    };
    let mut reasons = deviations::reasons(case);
    if differences.is_empty() {
        let listed = |deviation: &&Deviation| deviation.cases.contains(&case.scenario.id.as_str());
        return match reasons.into_iter().find(listed) {
            None => Verdict::Passed,
            Some(Deviation { reason, .. }) => {
                let stale = format!("it is listed as different by design, but is not: {reason}");
                Verdict::Failed(vec![(Aspect::Error, stale)])
            }
        };
    }
    let explained = |aspect: &Aspect| reasons.iter().any(|deviation| deviation.aspects.contains(aspect));
    if differences.iter().all(|(aspect, _)| explained(aspect)) {
        reasons.retain(|deviation| differences.iter().any(|(aspect, _)| deviation.aspects.contains(aspect)));
        let reasons: Vec<&str> = reasons.iter().map(|deviation| deviation.reason).collect();
        Verdict::ByDesign(reasons.join("; "))
    } else {
        Verdict::Failed(differences.into_iter().filter(|(aspect, _)| !explained(aspect)).collect())
    }
}
