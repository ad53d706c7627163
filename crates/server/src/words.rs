//! Names that are made from the names that content types have for people.

use trueup_inventory::model::ContentType;

/// The name of a class: `IP address` is `IPAddress`.
pub fn class_name(verbose_name: &str) -> String {
    words(verbose_name).map(capital).collect()
}

/// Every word with a capital.
pub fn capitals(text: &str) -> String {
    text.split(' ').map(capital).collect::<Vec<_>>().join(" ")
}

/// A word with a capital.
pub fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Runs of letters and digits.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// A content type with its app: `DCIM | device`.
pub fn title(content_type: &ContentType) -> String {
    format!("{} | {}", app_name(content_type.app()), content_type.verbose_name())
}

/// What an app is called for people: `dcim` is `DCIM`, `tenancy` is `Tenancy`, `nautobot_ssot` is `Nautobot Ssot`.
fn app_name(app: &str) -> String {
    match app {
        "dcim" | "ipam" => app.to_ascii_uppercase(),
        _ => words(app).map(capital).collect::<Vec<_>>().join(" "),
    }
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
