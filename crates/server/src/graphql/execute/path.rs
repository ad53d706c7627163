//! Where in an answer a record stands, kept only as far as an error needs it: for every record of a level, from which
//! record of the level above it was first reached.

use async_graphql::PathSegment;
use trueup_inventory::RecordId;

/// The records of one level, as their places in the answer.
#[derive(Debug)]
pub struct Frame<'f> {
    above: Option<&'f Frame<'f>>,
    /// The response key by which this level was reached.
    key: &'f str,
    /// For each record of this level: the place of its record in the level above, and its place in that one's list.
    origins: Vec<Origin>,
}

/// Where a record was first met.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    pub above: u32,
    pub index: Option<u32>,
}

impl<'f> Frame<'f> {
    /// A field of the root.
    pub fn root(key: &'f str) -> Self {
        Self { above: None, key, origins: Vec::new() }
    }

    /// The one record of a field of the root.
    pub fn root_record(key: &'f str) -> Self {
        Self { above: None, key, origins: vec![Origin { above: 0, index: None }] }
    }

    /// The records of a list of the root.
    pub fn root_list(key: &'f str, count: usize) -> Self {
        let origins = (0..count).map(|index| Origin { above: 0, index: u32::try_from(index).ok() });
        Self { above: None, key, origins: origins.collect() }
    }

    /// The records that a field of `above` leads to.
    pub fn below(above: &'f Frame<'f>, key: &'f str, origins: Vec<Origin>) -> Self {
        Self { above: Some(above), key, origins }
    }

    /// Of `all`, which are the records of this level, only those that are `there`, in the same order.
    pub fn only(&self, all: &[RecordId], there: &[RecordId]) -> Self {
        let mut kept = there.iter().peekable();
        let places = all.iter().zip(&self.origins).filter(|(id, _)| kept.next_if_eq(id).is_some());
        let origins = places.map(|(_, origin)| *origin).collect();
        Self { above: self.above, key: self.key, origins }
    }

    /// The path of the first record of this level, or of the field itself when there is none.
    pub fn path(&self) -> Vec<PathSegment> {
        let mut path = Vec::new();
        let mut at = 0;
        let mut frame = Some(self);
        while let Some(one) = frame {
            let origin = one.origins.get(at);
            if let Some(index) = origin.and_then(|origin| origin.index) {
                path.push(PathSegment::Index(index as usize));
            }
            path.push(PathSegment::Field(one.key.to_owned()));
            at = origin.map_or(0, |origin| origin.above as usize);
            frame = one.above;
        }
        path.reverse();
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_where_a_record_was_first_met() {
        let devices = Frame::root_list("devices", 3);
        let location = Frame::below(&devices, "location", vec![Origin { above: 2, index: None }]);
        let racks = Frame::below(&location, "racks", vec![Origin { above: 0, index: Some(4) }]);
        let failed = Frame::below(&racks, "devices", Vec::new());
        let path: Vec<String> = failed
            .path()
            .iter()
            .map(|segment| match segment {
                PathSegment::Field(name) => name.clone(),
                PathSegment::Index(index) => index.to_string(),
            })
            .collect();
        assert_eq!(path, ["devices", "2", "location", "racks", "4", "devices"]);
    }
}
