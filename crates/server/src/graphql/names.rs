//! How things of the inventory are called in GraphQL, as Nautobot's schema calls them.

use trueup_inventory::relationship::Side;

use crate::words::{capital, class_name, words};

/// The object type of a content type, from its name for people: `IP address` is `IPAddressType`.
pub fn object_type(verbose_name: &str) -> String {
    valid(class_name(verbose_name) + "Type")
}

/// A field, from a name for people: `IP addresses` is `ip_addresses`.
pub fn field(verbose_name: &str) -> String {
    valid(words(verbose_name).collect::<Vec<_>>().join("_").to_ascii_lowercase())
}

/// The enum of a choice field: `DcimDeviceFaceChoices`.
pub fn enum_type(app: &str, model: &str, field: &str) -> String {
    let name = [app, model].into_iter().chain(field.split('_')).map(capital).collect::<String>();
    valid(name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "") + "Choices")
}

/// The value of an enum that stands for a choice: `1000base-t` is `A_1000BASE_T`.
pub fn enum_value(choice: &str) -> String {
    let mut name = String::with_capacity(choice.len() + 2);
    for letter in choice.chars() {
        if letter.is_ascii_alphanumeric() || letter == '_' {
            name.push(letter.to_ascii_uppercase());
        } else if !name.ends_with('_') || name.is_empty() {
            name.push('_');
        }
    }
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert_str(0, "A_");
    }
    valid(name)
}

/// The field that shows a custom field.
pub fn custom_field(key: &str) -> String {
    let key: String = key.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    format!("cf_{key}")
}

/// The field that shows what a relationship joins; with the side that it leads to, where there are two.
pub fn relationship(key: &str, toward: Option<Side>) -> String {
    let side = toward.map_or_else(String::new, |side| format!("_{}", side.word()));
    format!("rel_{key}{side}")
}

/// The field that shows a computed field.
pub fn computed_field(key: &str) -> String {
    format!("cpf_{key}")
}

/// GraphQL takes letters, digits and `_`, no digit first, and keeps `__` at the start for itself.
fn valid(name: String) -> String {
    match name.as_bytes() {
        [] | [b'_'] => "A_".to_owned(),
        [b'0'..=b'9' | b'_', ..] => format!("A_{}", name.trim_start_matches('_')),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_nautobot() {
        for (verbose, object, name) in [
            ("device", "DeviceType", "device"),
            ("device type", "DeviceTypeType", "device_type"),
            ("IP addresses", "IPAddressesType", "ip_addresses"),
            ("VLAN group", "VLANGroupType", "vlan_group"),
            ("1st-thing", "A_1stThingType", "A_1st_thing"),
        ] {
            assert_eq!((object_type(verbose).as_str(), field(verbose).as_str()), (object, name));
        }
        for (choice, name) in [
            ("network", "NETWORK"),
            ("1000base-t", "A_1000BASE_T"),
            ("2.5gbase-t", "A_2_5GBASE_T"),
            ("tagged-all", "TAGGED_ALL"),
            ("HTTP(S)", "HTTP_S_"),
            ("19", "A_19"),
            ("", "A_"),
            ("é", "A_"),
        ] {
            assert_eq!(enum_value(choice), name, "{choice}");
        }
        assert_eq!(enum_type("dcim", "device", "face"), "DcimDeviceFaceChoices");
        assert_eq!(enum_type("dcim", "interface", "port_type"), "DcimInterfacePortTypeChoices");
        assert_eq!(custom_field("site-code"), "cf_site_code");
    }
}
