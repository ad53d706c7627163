//! The process that holds a lease, so that another one on the same machine sees at once when it is gone. What cannot be
//! seen, on another machine or in another container, is left to the time that a lease lasts.

use std::fs;
use std::sync::LazyLock;

use uuid::Uuid;

/// This process, as no other one is called.
static ME: LazyLock<Option<Process>> = LazyLock::new(|| Process::here(std::process::id()));

#[derive(Debug, Clone, PartialEq, Eq)]
struct Process {
    /// The boot of the machine and the name space of its process numbers.
    space: String,
    number: u32,
    /// When it began, in ticks since the boot: a number may be given again.
    began: u64,
}

impl Process {
    /// The process of a number that lives here now.
    fn here(number: u32) -> Option<Self> {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let numbers = fs::read_link("/proc/self/ns/pid").ok()?;
        let space = format!("{}@{}", numbers.display(), boot.trim());
        let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
        // After the name, which is in brackets and may hold anything, the state is the third field.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?;
        let began = fields.nth(18)?.parse().ok()?;
        (state != "Z").then_some(Self { space, number, began })
    }
}

/// A name for a new lease of this process.
pub(super) fn new_owner() -> String {
    let lease = Uuid::new_v4();
    match &*ME {
        Some(Process { space, number, began }) => format!("{lease} {number} {began} {space}"),
        None => lease.to_string(),
    }
}

/// Whether the process that an owner names is seen to be gone.
pub(super) fn is_gone(owner: &str) -> bool {
    let mut parts = owner.splitn(4, ' ').skip(1);
    let (Some(number), Some(began), Some(space), Some(me)) = (parts.next(), parts.next(), parts.next(), &*ME) else {
        return false;
    };
    let (Ok(number), Ok(began)) = (number.parse::<u32>(), began.parse::<u64>()) else { return false };
    space == me.space && Process::here(number).is_none_or(|found| found.began != began)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_seen_to_be_gone_is_gone() {
        let mine = new_owner();
        assert!(!is_gone(&mine));
        for unknown in ["", "someone", "x 1 2 another-machine", "x one 2 here"] {
            assert!(!is_gone(unknown), "{unknown}");
        }
        if let Some(Process { space, number, began }) = &*ME {
            let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
            let other = Process::here(child.id()).unwrap();
            let owner = format!("x {} {} {space}", other.number, other.began);
            assert!(!is_gone(&owner));
            child.kill().unwrap();
            child.wait().unwrap();
            assert!(is_gone(&owner));
            assert!(is_gone(&format!("x {number} {} {space}", began + 1)), "the number was given again");
        }
    }
}
