//! `natural_slug`: the natural key in a form for URLs, with the first four letters of the id behind it. It is lossy,
//! and nobody looks a record up by it.

use trueup_inventory::Record;

use super::chain::Chain;
use super::text::id_into;
use super::world::World;

/// Appends the slug of a record as a JSON string.
pub fn slug_into(world: &World, key: &[Chain], record: &Record, out: &mut String) {
    out.push('"');
    let start = out.len();
    let mut full = start;
    for (place, chain) in key.iter().enumerate() {
        if place > 0 {
            out.push('_');
        }
        if let Some(text) = chain.text(world, record) {
            slugified_into(&text, out);
            full = out.len();
        }
    }
    out.truncate(full);
    if out.len() > start {
        out.push('_');
    }
    let end = out.len();
    id_into(record.id(), out);
    out.truncate(end + 4);
    out.push('"');
}

/// Letters and digits in lower case; `/`, which parts an address from its length, as `_`; everything else as one `-`.
fn slugified_into(text: &str, out: &mut String) {
    let start = out.len();
    let mut gap = false;
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            if gap && out.len() > start {
                out.push('-');
            }
            gap = false;
            out.push(letter.to_ascii_lowercase());
        } else if letter == '/' && out.len() > start {
            gap = false;
            out.push('_');
        } else {
            gap = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::slugified_into;

    #[test]
    fn slugs() {
        for (text, slug) in [
            ("dev-0000", "dev-0000"),
            ("arista_eos", "arista-eos"),
            ("10.0.0.0/24", "10-0-0-0_24"),
            ("  Two  Words! ", "two-words"),
            ("\"é\"", ""),
            ("/etc", "etc"),
        ] {
            let mut out = String::new();
            slugified_into(text, &mut out);
            assert_eq!(out, slug);
        }
    }
}
