use super::MappingDocument;

/// Mapping entries that share their files, by number: each file is read once for all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Pass {
    pub(super) entries: Vec<usize>,
}

/// The passes over the files that a mapping needs. An entry joins an earlier pass over the same files unless its kind is
/// made there or later already, so that the records of each kind come in the order of the mapping's entries.
pub(super) fn passes(mapping: &[MappingDocument]) -> Vec<Pass> {
    let mut passes: Vec<Pass> = Vec::new();
    for (number, entry) in mapping.iter().enumerate() {
        let makes_kind = |pass: &Pass| pass.entries.iter().any(|other| mapping[*other].kind == entry.kind);
        let free = passes.iter().rposition(makes_kind).map_or(0, |last| last + 1);
        let same_files = |pass: &&mut Pass| mapping[pass.entries[0]].from == entry.from;
        match passes[free..].iter_mut().find(same_files) {
            Some(pass) => pass.entries.push(number),
            None => passes.push(Pass { entries: vec![number] }),
        }
    }
    passes
}
