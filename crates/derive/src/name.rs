use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitStr};

/// A name that a user wrote, as a word or in quotes, and where.
#[derive(Clone)]
pub struct Name {
    pub text: String,
    pub span: Span,
}

impl From<&Ident> for Name {
    /// `r#type` is `type`: raw identifiers are a matter of Rust, not of records.
    fn from(ident: &Ident) -> Self {
        Name { text: ident.unraw().to_string(), span: ident.span() }
    }
}

impl From<&LitStr> for Name {
    fn from(literal: &LitStr) -> Self {
        Name { text: literal.value(), span: literal.span() }
    }
}

impl Parse for Name {
    /// A word, keywords too, or a text for names that are no Rust words.
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if input.peek(LitStr) {
            input.parse().map(|literal: LitStr| Name::from(&literal))
        } else {
            input.call(Ident::parse_any).map(|ident| Name::from(&ident))
        }
    }
}

/// `VLANGroup` → `vlan_group`, `IPAddress` → `ip_address`.
pub fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 4);
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| letters[index]);
        let ends_acronym = letters.get(index + 1).is_some_and(|next| next.is_lowercase());
        let starts_word = before.is_some_and(|before| before != '_' && (!before.is_uppercase() || ends_acronym));
        if letter.is_uppercase() && starts_word {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn type_names_become_kind_names() {
        let cases = [
            ("Vlan", "vlan"),
            ("VLAN", "vlan"),
            ("VLANGroup", "vlan_group"),
            ("VlanGroup", "vlan_group"),
            ("IPAddress", "ip_address"),
            ("Ipv4Address", "ipv4_address"),
            ("Layer2Domain", "layer2_domain"),
            ("Site_Group", "site_group"),
            ("already_snake", "already_snake"),
            ("Straße", "straße"),
            ("", ""),
        ];
        for (name, kind) in cases {
            assert_eq!(snake_case(name), kind, "{name}");
        }
    }
}
