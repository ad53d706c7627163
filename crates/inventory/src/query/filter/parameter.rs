//! The name of a filter: what it looks at, and by which suffix it compares.

/// How a filter compares, from the suffix of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Suffix {
    pub lookup: Lookup,
    pub sense: Sense,
}

/// Whether a filter keeps what it finds, or everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    Keep,
    Exclude,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lookup {
    Exact,
    Text(TextLookup),
    Range(Range),
    IsNull,
}

/// Comparisons of texts. All but the case-sensitive expression take `a` for `A`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextLookup {
    IContains,
    IStartsWith,
    IEndsWith,
    IExact,
    Regex,
    IRegex,
}

/// Comparisons of what has an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Range {
    pub fn operator(self) -> &'static str {
        match self {
            Range::Greater => ">",
            Range::GreaterOrEqual => ">=",
            Range::Less => "<",
            Range::LessOrEqual => "<=",
        }
    }
}

impl Suffix {
    pub const EXACT: Suffix = Suffix { lookup: Lookup::Exact, sense: Sense::Keep };

    /// The base of a filter's name and its suffix; the whole name and [`EXACT`](Self::EXACT) when it has none.
    pub fn split(name: &str) -> (&str, Suffix) {
        let known = name.rsplit_once("__").and_then(|(base, word)| Some((base, Suffix::parse(word)?)));
        known.unwrap_or((name, Suffix::EXACT))
    }

    fn parse(word: &str) -> Option<Suffix> {
        use Lookup::{Exact, IsNull, Range as Ordered, Text};
        use Sense::{Exclude, Keep};
        let (lookup, sense) = match word {
            "n" => (Exact, Exclude),
            "ic" => (Text(TextLookup::IContains), Keep),
            "nic" => (Text(TextLookup::IContains), Exclude),
            "isw" => (Text(TextLookup::IStartsWith), Keep),
            "nisw" => (Text(TextLookup::IStartsWith), Exclude),
            "iew" => (Text(TextLookup::IEndsWith), Keep),
            "niew" => (Text(TextLookup::IEndsWith), Exclude),
            "ie" => (Text(TextLookup::IExact), Keep),
            "nie" => (Text(TextLookup::IExact), Exclude),
            "re" => (Text(TextLookup::Regex), Keep),
            "nre" => (Text(TextLookup::Regex), Exclude),
            "ire" => (Text(TextLookup::IRegex), Keep),
            "nire" => (Text(TextLookup::IRegex), Exclude),
            "gt" => (Ordered(Range::Greater), Keep),
            "gte" => (Ordered(Range::GreaterOrEqual), Keep),
            "lt" => (Ordered(Range::Less), Keep),
            "lte" => (Ordered(Range::LessOrEqual), Keep),
            "isnull" => (IsNull, Keep),
            _ => return None,
        };
        Some(Suffix { lookup, sense })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_apart_at_known_suffixes() {
        let ic = Suffix { lookup: Lookup::Text(TextLookup::IContains), sense: Sense::Keep };
        let not = Suffix { lookup: Lookup::Exact, sense: Sense::Exclude };
        let cases = [
            ("name", ("name", Suffix::EXACT)),
            ("name__ic", ("name", ic)),
            ("name__n", ("name", not)),
            ("cf_a__b__n", ("cf_a__b", not)),
            ("location__name", ("location__name", Suffix::EXACT)),
            ("__n", ("", not)),
            ("name__bogus", ("name__bogus", Suffix::EXACT)),
        ];
        for (name, expected) in cases {
            assert_eq!(Suffix::split(name), expected, "{name}");
        }
    }
}
