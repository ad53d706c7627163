/// Which part of a run is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Diff,
    Apply,
}

/// How far a stage has come. The last call of a stage always says `done == total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub stage: Stage,
    /// In records for a diff, in steps for an apply.
    pub done: u64,
    pub total: u64,
}
