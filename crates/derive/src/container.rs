//! The options of the struct: `#[model(kind = "vlan", ...)]`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, LitStr, Meta, Path, Token, parenthesized};

use crate::name::Name;
use crate::options::{give, option_name, options, text};
use crate::problems::Problems;
use crate::rights::{Allow, known_flags};

/// `interface = "interfaces"`.
pub struct ChildOption {
    pub kind: Name,
    pub field: Name,
}

/// `location(site, parent)`.
pub struct ReferenceOption {
    pub to: Name,
    pub fields: Vec<Name>,
}

#[derive(Default)]
pub struct Container {
    pub kind: Option<Name>,
    pub content_type: Option<LitStr>,
    pub shortname: Vec<Name>,
    pub children: Vec<ChildOption>,
    pub references: Vec<ReferenceOption>,
    pub allow: Option<Allow>,
    pub flags: Vec<Name>,
    pub engine: Engine,
}

/// Where generated code finds the engine.
#[derive(Default)]
pub enum Engine {
    #[default]
    Default,
    At(Path),
    /// `crate` was given and could not be read.
    Unknown,
}

impl Container {
    pub fn parse(attributes: &[Attribute], problems: &mut Problems) -> Self {
        let (mut kind, mut content_type, mut engine) = (None, None, None);
        let (mut shortname, mut children, mut references) = (None, None, None);
        let (mut allow, mut flags) = (None, None);
        for attribute in attributes {
            if attribute.path().is_ident("id") || attribute.path().is_ident("attr") {
                let name = option_name(&attribute.meta);
                problems
                    .add(attribute, format!("`#[{name}]` marks a field; options of the struct go in `#[model(...)]`"));
                continue;
            }
            if !attribute.path().is_ident("model") {
                continue;
            }
            for option in options(attribute, problems) {
                let option = &option;
                match option_name(option).as_str() {
                    "kind" => {
                        let value = text(option, "vlan", problems).map(|text| Name::from(&text));
                        give(&mut kind, option, value, problems);
                    }
                    "content_type" => {
                        let value = text(option, "ipam.vlan", problems);
                        give(&mut content_type, option, value, problems);
                    }
                    "crate" => {
                        let value = Some(engine_path(option, problems).map_or(Engine::Unknown, Engine::At));
                        give(&mut engine, option, value, problems);
                    }
                    "shortname" => {
                        let value = list(option, "vid, name", problems);
                        give(&mut shortname, option, value, problems);
                    }
                    "children" => {
                        let value = list(option, "interface = \"interfaces\"", problems);
                        give(&mut children, option, value, problems);
                    }
                    "references" => {
                        let value = list(option, "location(site, parent)", problems);
                        give(&mut references, option, value, problems);
                    }
                    "allow" => {
                        let value = list::<Name>(option, "create, update", problems);
                        let value = value.and_then(|words| Allow::of(&words, problems));
                        give(&mut allow, option, value, problems);
                    }
                    "flags" => {
                        let value = list(option, "SKIP_UNMATCHED_DST", problems);
                        let value = value.and_then(|flags| known_flags(flags, problems));
                        give(&mut flags, option, value, problems);
                    }
                    "skip" => problems.add(option, "`skip` belongs to a field, not to the struct"),
                    unknown => problems.add(
                        option,
                        format!(
                            "`#[model]` has no option `{unknown}`; on a struct it has kind, content_type, shortname, \
                             children, references, allow, flags and crate"
                        ),
                    ),
                }
            }
        }
        Container {
            kind,
            content_type,
            shortname: shortname.unwrap_or_default(),
            children: children.unwrap_or_default(),
            references: references.unwrap_or_default(),
            allow,
            flags: flags.unwrap_or_default(),
            engine: engine.unwrap_or_default(),
        }
    }
}

fn engine_path(option: &Meta, problems: &mut Problems) -> Option<Path> {
    let text = text(option, "::trueup::engine", problems)?;
    let path = text.parse_with(Path::parse_mod_style).ok();
    if path.is_none() {
        problems.add(&text, "`crate` wants the path of the engine, such as `crate = \"::trueup::engine\"`");
    }
    path
}

/// The items of `option(item, ...)`, of which there is at least one.
fn list<T: Parse>(option: &Meta, example: &str, problems: &mut Problems) -> Option<Vec<T>> {
    let name = option_name(option);
    let list = match option {
        Meta::List(list) if !list.tokens.is_empty() => list,
        other => {
            problems.add(other, format!("`{name}` wants a list in parentheses, such as `{name}({example})`"));
            return None;
        }
    };
    match list.parse_args_with(Punctuated::<T, Token![,]>::parse_terminated) {
        Ok(items) => Some(items.into_iter().collect()),
        Err(error) => {
            problems.add_at(error.span(), format!("{error}; `{name}` is written like `{name}({example})`"));
            None
        }
    }
}

impl Parse for ChildOption {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let kind = input.parse()?;
        input.parse::<Token![=]>()?;
        let field: LitStr = input.parse()?;
        Ok(ChildOption { kind, field: Name::from(&field) })
    }
}

impl Parse for ReferenceOption {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let to = input.parse()?;
        let fields;
        parenthesized!(fields in input);
        let fields = Punctuated::<Name, Token![,]>::parse_terminated(&fields)?;
        Ok(ReferenceOption { to, fields: fields.into_iter().collect() })
    }
}

impl Engine {
    /// `None` when it is not known.
    pub fn path(&self, default: &TokenStream) -> Option<TokenStream> {
        match self {
            Engine::Default => Some(default.clone()),
            Engine::At(path) => Some(path.to_token_stream()),
            Engine::Unknown => None,
        }
    }
}
