use super::deletes::all_below;
use super::{CheckName, CheckOptions, Finding, Severity, Subject};
use crate::kind::KindName;
use crate::plan::{Change, Plan};
use crate::record::Identity;
use crate::snapshot::{Snapshot, WithChildren};

/// What the deletes of a plan would do beyond the plan, as its target foresees it. Records that the plan deletes itself
/// are not told.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Forecast {
    /// Records that would disappear as well.
    pub along: Vec<Affected>,
    /// Records that would lose a reference, and its name.
    pub cleared: Vec<(Affected, String)>,
    /// Deletes that would be refused.
    pub refused: Vec<RefusedDeletes>,
}

/// Some records of one sort. The plan needs to have no kind for them.
#[derive(Debug, Clone, PartialEq)]
pub struct Affected {
    /// What the target calls the sort.
    pub kind: KindName,
    /// The same for people, of many.
    pub called: String,
    pub count: u64,
    /// A few of them by name.
    pub examples: Vec<String>,
}

/// Deletes that the target would refuse, since something that stays needs the record.
#[derive(Debug, Clone, PartialEq)]
pub struct RefusedDeletes {
    pub records: Vec<Identity>,
    pub needed_by: Affected,
}

impl Forecast {
    /// What a person should know about it.
    pub fn check(&self, options: &CheckOptions) -> Vec<Finding> {
        let Self { along, cleared, refused } = self;
        let mut findings: Vec<Finding> = refused.iter().map(refusal).collect();
        findings.extend(along.iter().map(|affected| disappears(affected, options)));
        findings.extend(cleared.iter().map(|(affected, reference)| Finding {
            severity: Severity::Warning,
            check: CheckName::Cascade,
            subject: Subject::Kind(affected.kind.clone()),
            message: format!("the deletes would take something out of `{reference}` of {}", affected.told()),
            advice: "see whether they should refer to something else before; `undo` sets it again".to_owned(),
        }));
        findings
    }
}

impl Affected {
    /// `48 interfaces: sw1 eth0, sw1 eth1, …`
    fn told(&self) -> String {
        self.told_beside("")
    }

    /// The same, with something about how many they are.
    fn told_beside(&self, beside: &str) -> String {
        let Self { called, count, examples, kind: _ } = self;
        let more = if *count > examples.len() as u64 { ", …" } else { "" };
        format!("{count} {called}{beside}: {}{more}", examples.join(", "))
    }
}

fn disappears(affected: &Affected, options: &CheckOptions) -> Finding {
    let limit = options.limits(&affected.kind).cascade_count;
    let over = affected.count > limit;
    let beyond = if over { format!(" (the limit is {limit})") } else { String::new() };
    let approve = if over { "; if they may, approve with a reason" } else { "" };
    Finding {
        severity: if over { Severity::Error } else { Severity::Warning },
        check: CheckName::Cascade,
        subject: Subject::Kind(affected.kind.clone()),
        message: format!("the deletes would take along {}", affected.told_beside(&beyond)),
        advice: format!(
            "see whether these may go, too; they are not part of the job, but `undo` brings them back{approve}"
        ),
    }
}

fn refusal(refused: &RefusedDeletes) -> Finding {
    let RefusedDeletes { records, needed_by } = refused;
    let first = records.first().map(|record| format!("; first, {record}")).unwrap_or_default();
    Finding {
        severity: Severity::Warning,
        check: CheckName::RefusedDelete,
        subject: Subject::Kind(needed_by.kind.clone()),
        message: format!("{} deletes would be refused{first}: needed by {}", records.len(), needed_by.told()),
        advice: "let these refer to something else before, or delete them; else the steps will fail".to_owned(),
    }
}

impl Plan {
    /// The records of `target` that the plan deletes: by steps of their own, or since the target removes them by itself
    /// together with one above.
    pub fn deletes(&self, target: &Snapshot) -> Vec<Identity> {
        let mut deleted = Vec::new();
        for step in self.steps() {
            let Change::Delete { children, .. } = &step.change else { continue };
            deleted.push(step.record.clone());
            let row = target.row_of(&step.record).ok().filter(|_| *children == WithChildren::Remove);
            let below = row.into_iter().flat_map(|row| all_below(target, row));
            deleted.extend(below.map(|row| target.record(row).identity()));
        }
        deleted
    }
}
