//! What disappears along with a delete is told before.

use trueup_engine::check::{CheckName, CheckOptions};
use trueup_inventory::Action;
use trueup_jobs::run::SyncReport;
use trueup_jobs::store::SyncStatus;

use crate::office::{devices, office};
use crate::support::Made;

/// Findings about what deletes do besides.
fn foreseen(report: &SyncReport) -> Vec<String> {
    let ours = report.findings.iter().filter(|one| matches!(one.check, CheckName::Cascade | CheckName::RefusedDelete));
    ours.map(|one| format!("{} {}: {}: {}", one.severity, one.check, one.subject, one.message)).collect()
}

fn limited(mut job: Made, cascade_count: u64) -> Made {
    let limits = trueup_engine::check::Limits { cascade_count, ..Default::default() };
    job.settings.checks = CheckOptions { limits, ..job.settings.checks };
    job
}

#[tokio::test]
async fn what_goes_along_is_counted_and_named() {
    let world = office().await;
    world.have(&devices(&["sw1", "sw2", "sw3"])).await;
    for port in 1..=7 {
        world.interface("sw1", &format!("eth{port}")).await;
    }
    world.interface("sw3", "eth1").await;
    world.address("10.0.0.1/24", "sw1", "eth1").await;

    let plan = world.dry(&devices(&["sw2", "sw3"])).await;
    assert_eq!(plan.steps, 1);
    let told = foreseen(&plan);
    let interfaces = "warning cascade: dcim.interface: the deletes would take along 7 interfaces: sw1 AMS eth";
    assert!(told[0].starts_with(interfaces) && told[0].ends_with(", …"), "{told:?}");
    assert_eq!(told[0].matches("sw1 AMS eth").count(), 5);
    let assigned = "warning cascade: ipam.ipaddresstointerface: the deletes would take along 1 IP address to interface: \
                    Global 10.0.0.1 sw1 AMS eth1";
    assert_eq!(told[1..], [assigned]);
    // It is stored with the plan, and beyond a limit somebody has to say yes.
    let stored = world.plan(plan.plan).await.findings;
    assert_eq!(stored.iter().filter(|one| one.check == CheckName::Cascade).count(), 2);
    let stopped = world.sync(&limited(devices(&["sw2", "sw3"]), 6)).await;
    assert_eq!(stopped.status, SyncStatus::WaitingForApproval);
    let beyond =
        "error cascade: dcim.interface: the deletes would take along 7 interfaces (the limit is 6): sw1 AMS eth";
    assert!(foreseen(&stopped)[0].starts_with(beyond));
    let advice = stopped.findings.iter().find(|one| one.check == CheckName::Cascade).map(|one| one.advice.as_str());
    assert!(advice.is_some_and(|advice| advice.ends_with("approve with a reason")), "{advice:?}");
    assert_eq!(world.sync(&limited(devices(&["sw2", "sw3"]), 7)).await.status, SyncStatus::Completed);
}

#[tokio::test]
async fn references_that_will_be_empty_are_named() {
    let world = office().await;
    world.have(&devices(&["sw1", "sw2", "sw3"])).await;
    world.write(Action::Create, "dcim.platform", &[], &[("name", "ios".into())]).await;
    for name in ["sw2", "sw1"] {
        world.set(name, &[("platform__name", "ios".into())]).await;
    }
    let platforms = Made::new("\n  platform:\n    content_type: dcim.platform\n    identifiers: [name]\n", vec![]);
    let emptied = "warning cascade: dcim.device: the deletes would take something out of `platform` of 2 devices: sw1 AMS, sw2 AMS";
    assert_eq!(foreseen(&world.dry(&platforms).await), [emptied]);
}

#[tokio::test]
async fn what_the_plan_deletes_itself_does_not_go_along() {
    let world = office().await;
    world.have(&devices(&["sw1"])).await;
    world.interface("sw1", "eth1").await;
    let kinds = "
  device:
    content_type: dcim.device
    identifiers: [name]
    children: {interface: device}
  interface:
    content_type: dcim.interface
    identifiers: [device__name, name]
";
    for flags in ["", "    flags: [SKIP_CHILDREN_ON_DELETE]\n"] {
        let job = Made::new(&kinds.replacen("  interface:\n", &format!("{flags}  interface:\n"), 1), vec![]);
        let report = world.dry(&job).await;
        assert_eq!(report.summary.delete, 2, "{flags}");
        assert_eq!(foreseen(&report), [] as [&str; 0], "{flags}");
    }
}

#[tokio::test]
async fn deletes_that_will_be_refused_are_named_before() {
    let world = office().await;
    world.have(&devices(&["sw1", "sw2"])).await;
    let job = Made::new("\n  model:\n    content_type: dcim.devicetype\n    identifiers: [model]\n", vec![]);
    let report = world.dry(&job).await;
    assert_eq!(
        foreseen(&report),
        [
            "warning refused-delete: dcim.device: 1 deletes would be refused; first, model X1: needed by 2 devices: sw1 AMS, sw2 AMS"
        ]
    );
    // A plan that deletes these as well is refused nothing.
    let kinds = "
  model:
    content_type: dcim.devicetype
    identifiers: [model]
  device:
    content_type: dcim.device
    identifiers: [name]
    attributes: [device_type__model]
";
    let report = world.dry(&Made::new(kinds, vec![])).await;
    assert_eq!((report.steps, foreseen(&report).len()), (3, 0), "{:?}", report.findings);
}

#[tokio::test]
async fn looking_ahead_costs_queries_by_type_and_depth() {
    let world = office().await;
    let names: Vec<String> = (0..33).map(|number| format!("sw{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    world.have(&devices(&names)).await;
    for name in &names {
        world.interface(name, "eth1").await;
    }
    let cost = async |left: &[&str]| {
        let before = world.runner.inventory().queries();
        let report = world.dry(&devices(left)).await;
        assert_eq!(foreseen(&report).len(), 1);
        (report.steps, world.runner.inventory().queries() - before)
    };
    let (one, few) = cost(&names[1..]).await;
    let (most, many) = cost(&names[..1]).await;
    assert_eq!((one, most, few), (1, 32, many));
}
