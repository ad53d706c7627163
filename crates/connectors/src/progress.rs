/// Where a load says how far it is. Called every few thousand records and once at the end; calls must be cheap.
pub trait Progress: Send + Sync {
    /// `records` have been added so far; `share` of the input, from 0 to 1, has been read when that is known.
    fn loaded(&self, records: u64, share: Option<f64>);
}

/// Nobody watches.
impl Progress for () {
    fn loaded(&self, _records: u64, _share: Option<f64>) {}
}

impl<F: Fn(u64, Option<f64>) + Send + Sync> Progress for F {
    fn loaded(&self, records: u64, share: Option<f64>) {
        self(records, share);
    }
}
