use std::ops::{BitOr, BitOrAssign};

/// DiffSync's global flags, in its names and bits. How users speak; inside, those that steer the plan become a
/// `Policy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct DiffFlags(u8);

impl DiffFlags {
    pub const NONE: Self = Self(0);
    /// A step that fails does not stop the rest.
    pub const CONTINUE_ON_FAILURE: Self = Self(1);
    /// Nothing is created.
    pub const SKIP_UNMATCHED_SRC: Self = Self(2);
    /// Nothing is deleted.
    pub const SKIP_UNMATCHED_DST: Self = Self(4);
    pub const SKIP_UNMATCHED_BOTH: Self = Self(6);
    /// Unchanged records are reported one by one.
    pub const LOG_UNCHANGED_RECORDS: Self = Self(8);

    /// Every flag by its name.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("CONTINUE_ON_FAILURE", Self::CONTINUE_ON_FAILURE),
        ("SKIP_UNMATCHED_SRC", Self::SKIP_UNMATCHED_SRC),
        ("SKIP_UNMATCHED_DST", Self::SKIP_UNMATCHED_DST),
        ("SKIP_UNMATCHED_BOTH", Self::SKIP_UNMATCHED_BOTH),
        ("LOG_UNCHANGED_RECORDS", Self::LOG_UNCHANGED_RECORDS),
    ];

    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, flags)| *flags)
    }

    pub fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }
}

impl BitOr for DiffFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for DiffFlags {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl FromIterator<DiffFlags> for DiffFlags {
    fn from_iter<I: IntoIterator<Item = DiffFlags>>(flags: I) -> Self {
        flags.into_iter().fold(Self::NONE, Self::bitor)
    }
}
