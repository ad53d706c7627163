//! The versions of Nautobot's API that clients may ask for, and which shape each has.

use std::fmt;

/// A version `X.Y`. Later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiVersion(u8, u8);

impl ApiVersion {
    /// What a client gets that does not ask: the shapes of 3.1.
    pub const DEFAULT: Self = Self(3, 1);

    const SUPPORTED: [Self; 8] =
        [Self(2, 0), Self(2, 1), Self(2, 2), Self(2, 3), Self(2, 4), Self(3, 0), Self(3, 1), Self(3, 2)];

    /// The supported version of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::SUPPORTED.into_iter().find(|version| version.to_string() == text)
    }

    /// All that are supported.
    pub fn all() -> [String; 8] {
        Self::SUPPORTED.map(|version| version.to_string())
    }

    /// All that are supported, as errors list them.
    pub fn supported() -> String {
        Self::all().join(", ")
    }

    /// Prefixes and VLANs show one `location` instead of `locations`.
    pub fn shows_one_location(self) -> bool {
        self < Self(2, 2)
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}
