//! The words of Nautobot's tables (CSV) for what is not there, and how a cell names several records.

/// A value that is null.
pub const NULL: &str = "NULL";
/// A value of a record that a reference does not lead to.
pub const NO_OBJECT: &str = "NoObject";
/// Before the key of a custom field that has a column of its own.
pub const CUSTOM_FIELD: &str = "cf_";

/// Appends one value of a composite key, so that neither `;`, which parts the values, nor `,`, which parts the keys of a
/// cell, is in it. It is read as keys in addresses are.
pub fn key_part_into(value: Option<&str>, out: &mut String) {
    let Some(value) = value else { return out.push_str("%00") };
    for character in value.chars() {
        match character {
            '%' => out.push_str("%25"),
            '+' => out.push_str("%2B"),
            ',' => out.push_str("%2C"),
            ';' => out.push_str("%3B"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use trueup_inventory::key_parts;

    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let cases: [&[Option<&str>]; 6] = [
            &[Some("core")],
            &[Some("a, b"), Some("c;d")],
            &[None, Some("100")],
            &[Some("100%"), Some("a+b")],
            &[Some("%2C"), Some("é → ü")],
            &[Some("10.0.0.0/8"), Some("2001:db8::1")],
        ];
        for parts in cases {
            let mut key = String::new();
            for (place, part) in parts.iter().enumerate() {
                key.push_str(if place == 0 { "" } else { ";" });
                key_part_into(*part, &mut key);
            }
            assert!(!key.contains(','), "{key}");
            let expected: Vec<Option<String>> = parts.iter().map(|part| part.map(str::to_owned)).collect();
            assert_eq!(key_parts(&key), Some(expected), "{key}");
        }
    }
}
