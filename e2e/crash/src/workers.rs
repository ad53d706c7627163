use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

/// Processes that work on one database.
#[derive(Debug)]
pub struct Workers {
    program: PathBuf,
    database: String,
    children: Vec<Child>,
    /// Of xorshift, never 0.
    random: u64,
}

impl Workers {
    pub fn start(program: &Path, database: &str, count: usize, seed: u64) -> anyhow::Result<Self> {
        let random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let (program, database) = (program.to_owned(), database.to_owned());
        let mut workers = Self { program, database, children: Vec::new(), random };
        for _ in 0..count.max(1) {
            let child = workers.new_one()?;
            workers.children.push(child);
        }
        Ok(workers)
    }

    fn new_one(&self) -> anyhow::Result<Child> {
        let mut command = Command::new(&self.program);
        command.args(["--work-on", &self.database]).stdin(Stdio::null()).stdout(Stdio::null());
        Ok(command.kill_on_drop(true).spawn()?)
    }

    /// Kills any worker with no warning, and starts another one in its place.
    pub async fn kill_one(&mut self) -> anyhow::Result<()> {
        let place = self.next() as usize % self.children.len();
        self.children[place].kill().await?;
        self.children[place] = self.new_one()?;
        Ok(())
    }

    /// How long to wait for the next kill: about as long as so many steps take, and not so long that workers which were
    /// just started never get to work.
    pub fn moment(&mut self, steps: u32) -> Duration {
        Duration::from_millis(20 + self.next() % (100 + u64::from(steps) / 15))
    }

    pub async fn stop(&mut self) {
        for child in &mut self.children {
            // One that is gone already has stopped.
            let _stopped = child.kill().await;
        }
    }

    fn next(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random >> 11
    }
}
