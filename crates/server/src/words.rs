//! Names that are made from the names that content types have for people.

/// The name of a class: `IP address` is `IPAddress`.
pub fn class_name(verbose_name: &str) -> String {
    let mut name = String::with_capacity(verbose_name.len());
    for word in words(verbose_name) {
        let mut letters = word.chars();
        if let Some(first) = letters.next() {
            name.push(first.to_ascii_uppercase());
            name.push_str(letters.as_str());
        }
    }
    name
}

/// Runs of letters and digits.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// What an app is called for people: `dcim` is `DCIM`, `tenancy` is `Tenancy`, `nautobot_ssot` is `Nautobot Ssot`.
pub fn app_name(app: &str) -> String {
    if matches!(app, "dcim" | "ipam") {
        return app.to_ascii_uppercase();
    }
    let capital = |word: &str| {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        first.to_ascii_uppercase() + rest
    };
    words(app).map(capital).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_nautobot() {
        for (verbose, class) in [
            ("device", "Device"),
            ("device type", "DeviceType"),
            ("IP address", "IPAddress"),
            ("IP address to interface", "IPAddressToInterface"),
            ("VLAN group", "VLANGroup"),
            ("GraphQL query", "GraphQLQuery"),
        ] {
            assert_eq!(class_name(verbose), class);
        }
        for (app, name) in [("dcim", "DCIM"), ("users", "Users"), ("nautobot_ssot", "Nautobot Ssot"), ("", "")] {
            assert_eq!(app_name(app), name);
        }
    }
}
