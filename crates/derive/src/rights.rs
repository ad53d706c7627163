//! What a model says about what a job may do: `allow(...)` and `flags(...)` of the struct, `owner` of a field.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::name::Name;
use crate::problems::Problems;

/// `allow(create, update)`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allow {
    create: bool,
    update: bool,
    delete: bool,
}

impl Allow {
    pub fn of(words: &[Name], problems: &mut Problems) -> Option<Self> {
        let mut allow = Self::default();
        for (index, word) in words.iter().enumerate() {
            if words[..index].iter().any(|earlier| earlier.text == word.text) {
                problems.add_at(word.span, format!("`{}` is allowed twice", word.text));
                return None;
            }
            match word.text.as_str() {
                "create" => allow.create = true,
                "update" => allow.update = true,
                "delete" => allow.delete = true,
                "match_only" if words.len() == 1 => allow.update = true,
                "nothing" if words.len() == 1 => {}
                alone @ ("match_only" | "nothing") => {
                    problems.add_at(word.span, format!("`{alone}` stands alone, as in `allow({alone})`"));
                    return None;
                }
                unknown => {
                    let message = format!(
                        "`{unknown}` cannot be allowed; name some of create, update and delete, or write \
                         `allow(match_only)` or `allow(nothing)`"
                    );
                    problems.add_at(word.span, message);
                    return None;
                }
            }
        }
        Some(allow)
    }

    pub fn expand(self, engine: &TokenStream) -> TokenStream {
        let permit = |allowed: bool| {
            let permit = format_ident!("{}", if allowed { "Allow" } else { "Forbid" });
            quote!(#engine::kind::Permit::#permit)
        };
        let (create, update, delete) = (permit(self.create), permit(self.update), permit(self.delete));
        quote!(.permissions(#engine::kind::Permissions { create: #create, update: #update, delete: #delete }))
    }
}

/// DiffSync's model flags.
const FLAGS: [&str; 6] = [
    "IGNORE",
    "SKIP_CHILDREN_ON_DELETE",
    "SKIP_UNMATCHED_SRC",
    "SKIP_UNMATCHED_DST",
    "SKIP_UNMATCHED_BOTH",
    "NATURAL_DELETION_ORDER",
];

/// Notes flags that DiffSync does not have.
pub fn known_flags(flags: Vec<Name>, problems: &mut Problems) -> Option<Vec<Name>> {
    let unknown: Vec<&Name> = flags.iter().filter(|flag| !FLAGS.contains(&flag.text.as_str())).collect();
    for flag in &unknown {
        let message = format!("`{}` is no model flag of DiffSync; there are {}", flag.text, FLAGS.join(", "));
        problems.add_at(flag.span, message);
    }
    if unknown.is_empty() { Some(flags) } else { None }
}

pub fn expand_flags(flags: &[Name], engine: &TokenStream) -> TokenStream {
    let flags = flags.iter().map(|flag| {
        let flag = format_ident!("{}", flag.text);
        quote!(#engine::record::RecordFlags::#flag)
    });
    quote!(.flags(#(#flags)|*))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Source,
    Target,
    IfEmpty,
    Merged,
}

impl Owner {
    pub const WORDS: [(&str, Self); 4] =
        [("source", Self::Source), ("target", Self::Target), ("if-empty", Self::IfEmpty), ("merged", Self::Merged)];

    /// Nothing for the owner that a field has anyway.
    pub fn expand(self, engine: &TokenStream) -> Option<TokenStream> {
        let owner = match self {
            Owner::Source => return None,
            Owner::Target => "Target",
            Owner::IfEmpty => "IfEmpty",
            Owner::Merged => "Merged",
        };
        let owner = format_ident!("{owner}");
        Some(quote!(.with_owner(#engine::kind::Owner::#owner)))
    }
}
