//! Apply, then undo: the inventory is as it was, whatever the two sides held.

use trueup_engine::Record;
use trueup_jobs::store::SyncStatus;

use crate::support::{MAKERS, Made, World};

/// Changes that are applied and taken back, when `TRUEUP_UNDO_CASES` does not say how many.
const CASES: u64 = 150;

/// Numbers as from a die, the same in every run.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }
}

/// Up to six makers, each with up to three device types, of few names and few values, so that states overlap.
fn any_state(dice: &mut Dice) -> Vec<Record> {
    let mut records = Vec::new();
    for maker in ["A", "B", "C", "D", "E", "F"] {
        if dice.below(3) == 0 {
            continue;
        }
        let about = ["", "one", "two"][dice.below(3) as usize];
        records.push(Record::new("manufacturer", [maker]).with("description", about));
        for model in ["X", "Y", "Z"] {
            if dice.below(2) == 0 {
                let (height, part) = (1 + dice.below(2) as i64, ["", "p"][dice.below(2) as usize]);
                let record = Record::new("device_type", [maker, model]);
                records.push(record.with("u_height", height).with("part_number", part));
            }
        }
    }
    records
}

async fn state(world: &World) -> Vec<String> {
    let mut state = world.makers().await;
    state.extend(world.read("dcim.devicetype", &["manufacturer__name", "model", "u_height", "part_number"]).await);
    state
}

#[tokio::test]
async fn what_was_applied_and_undone_has_left_nothing() {
    let cases = std::env::var("TRUEUP_UNDO_CASES").map_or(CASES, |cases| cases.parse().unwrap());
    let world = World::new().await;
    let mut dice = Dice(0x5eed);
    let (mut undone, mut steps) = (0, 0);
    while undone < cases {
        let before = state(&world).await;
        let done = world.try_run(&Made::new(MAKERS, any_state(&mut dice)), &approved()).await.unwrap();
        assert_eq!(done.status, SyncStatus::Completed, "case {undone}: {:?}", done.trouble);
        // Some changes stay, so that the next one starts somewhere else; there is nothing to take back of an empty one.
        if done.steps == 0 || dice.below(10) == 0 {
            continue;
        }
        let undo = world.undo(done.sync).await.unwrap();
        // How much it changes is held against limits, as in any plan.
        let told: Vec<_> = undo.findings.iter().filter(|one| !one.check.to_string().ends_with("-share")).collect();
        assert!(told.is_empty(), "case {undone}: {told:?}");
        let report = world.runner.apply(undo.plan, Some("it is a test"), &|_| {}).await.unwrap();
        assert_eq!(report.status, SyncStatus::Completed, "case {undone}: {:?}", report.trouble);
        assert_eq!(state(&world).await, before, "case {undone}");
        undone += 1;
        steps += done.steps;
    }
    assert!(steps > 5 * cases, "{steps} steps in {cases} cases are too few to tell anything");
}

fn approved() -> trueup_jobs::run::RunMode {
    trueup_jobs::run::RunMode::ApplyApproved("any state will do".to_owned())
}
