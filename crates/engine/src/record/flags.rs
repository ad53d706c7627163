use std::ops::{BitOr, BitOrAssign};

/// DiffSync's model flags, set on a single record. The bit values are DiffSync's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct RecordFlags(u8);

impl RecordFlags {
    pub const NONE: Self = Self(0);
    /// The record and all below it take no part in the diff.
    pub const IGNORE: Self = Self(1);
    /// Deleting the record deletes what is below it; no steps of their own are made for that.
    pub const SKIP_CHILDREN_ON_DELETE: Self = Self(2);
    /// The record is not created when only the source has it.
    pub const SKIP_UNMATCHED_SRC: Self = Self(4);
    /// The record is not deleted when only the target has it.
    pub const SKIP_UNMATCHED_DST: Self = Self(8);
    pub const SKIP_UNMATCHED_BOTH: Self = Self(12);
    /// What is below the record is deleted before it. Matters only in the compatibility order.
    pub const NATURAL_DELETION_ORDER: Self = Self(16);

    const NAMES: [(&'static str, Self); 6] = [
        ("IGNORE", Self::IGNORE),
        ("SKIP_CHILDREN_ON_DELETE", Self::SKIP_CHILDREN_ON_DELETE),
        ("SKIP_UNMATCHED_SRC", Self::SKIP_UNMATCHED_SRC),
        ("SKIP_UNMATCHED_DST", Self::SKIP_UNMATCHED_DST),
        ("SKIP_UNMATCHED_BOTH", Self::SKIP_UNMATCHED_BOTH),
        ("NATURAL_DELETION_ORDER", Self::NATURAL_DELETION_ORDER),
    ];

    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, flags)| *flags)
    }

    /// The names of the flags that are set, without the one that stands for two.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let set =
            Self::NAMES.iter().filter(move |(_, flag)| *flag != Self::SKIP_UNMATCHED_BOTH && self.contains(*flag));
        set.map(|(name, _)| *name)
    }

    pub fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    pub(crate) fn from_bits(bits: u8) -> Self {
        Self(bits)
    }
}

impl BitOr for RecordFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for RecordFlags {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}
