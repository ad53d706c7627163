//! Texts in the form that sorts as people count.

/// The sort key of a text: letters in lower case, every run of digits with zeros before it, so that comparing bytes
/// puts `eth2` before `eth10`. Runs of more than 20 digits keep their order among themselves only.
pub(crate) fn natural_key(text: &str) -> String {
    const WIDTH: usize = 20;
    let mut key = String::with_capacity(text.len() + WIDTH);
    let mut digits = String::new();
    let flush = |digits: &mut String, key: &mut String| {
        if digits.is_empty() {
            return;
        }
        let plain = digits.trim_start_matches('0');
        key.extend(std::iter::repeat_n('0', WIDTH.saturating_sub(plain.len())));
        key.push_str(plain);
        digits.clear();
    };
    for character in text.chars() {
        if character.is_ascii_digit() {
            digits.push(character);
        } else {
            flush(&mut digits, &mut key);
            key.extend(character.to_lowercase());
        }
    }
    flush(&mut digits, &mut key);
    key
}

#[cfg(test)]
mod tests {
    use super::natural_key;

    #[test]
    fn counts_as_people_do() {
        let mut names = ["Ethernet1/10", "ethernet1/2", "Ethernet1/2/1", "xe-0", "Ethernet10", "Ethernet2", ""];
        names.sort_by_key(|name| natural_key(name));
        assert_eq!(names, ["", "ethernet1/2", "Ethernet1/2/1", "Ethernet1/10", "Ethernet2", "Ethernet10", "xe-0"]);
    }
}
