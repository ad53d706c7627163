//! Reading the options inside one attribute: `#[attr(path = "status__name", case = "fold")]`.

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, Token};

use crate::name::Name;
use crate::problems::Problems;

/// The options in the parentheses of `attribute`; none when it has no parentheses.
pub fn options(attribute: &Attribute, problems: &mut Problems) -> Vec<Meta> {
    let name = option_name(&attribute.meta);
    match &attribute.meta {
        Meta::Path(_) => Vec::new(),
        Meta::List(list) => match list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) {
            Ok(options) => options.into_iter().collect(),
            Err(error) => {
                let example = if name == "model" { "kind = \"vlan\"" } else { "path = \"status__name\"" };
                let message = format!("{error}; options are written `name = value`, such as `#[{name}({example})]`");
                problems.add_at(error.span(), message);
                Vec::new()
            }
        },
        Meta::NameValue(pair) => {
            problems.add(pair, format!("options of `#[{name}]` stand in parentheses: `#[{name}(...)]`"));
            Vec::new()
        }
    }
}

/// What an option is called, as written.
pub fn option_name(option: &Meta) -> String {
    let words: Vec<String> = option.path().segments.iter().map(|segment| Name::from(&segment.ident).text).collect();
    words.join("::")
}

/// Fills `slot`, which an option may do once.
pub fn give<T>(slot: &mut Option<T>, option: &Meta, value: Option<T>, problems: &mut Problems) {
    if slot.is_some() {
        problems.add(option, format!("`{}` is given twice", option_name(option)));
    } else {
        *slot = value;
    }
}

/// The value of `option = "text"`, which may not be blank.
pub fn text(option: &Meta, example: &str, problems: &mut Problems) -> Option<LitStr> {
    let name = option_name(option);
    let literal = match option {
        Meta::NameValue(pair) => literal(&pair.value),
        _ => None,
    };
    match literal {
        None => problems.add(option, format!("`{name}` wants a text in quotes, such as `{name} = \"{example}\"`")),
        Some(text) if text.value().trim().is_empty() => {
            problems
                .add(text, format!("`{name}` is empty; write a text, such as \"{example}\", or leave `{name}` out"));
        }
        Some(text) => return Some(text.clone()),
    }
    None
}

/// The one of `words` that `option = "word"` names.
pub fn word<T: Copy, const N: usize>(option: &Meta, words: [(&str, T); N], problems: &mut Problems) -> Option<T> {
    let text = text(option, words[0].0, problems)?;
    let found = words.iter().find(|(word, _)| *word == text.value()).map(|(_, meaning)| *meaning);
    if found.is_none() {
        let name = option_name(option);
        let listed: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        problems.add(
            &text,
            match listed.as_slice() {
                [first, second] => format!("`{name}` is either {first} or {second}"),
                all => format!("`{name}` is one of {}", all.join(", ")),
            },
        );
    }
    found
}

/// Notes a value or a list after an option that is only a word.
pub fn flag(option: &Meta, problems: &mut Problems) {
    if !matches!(option, Meta::Path(_)) {
        problems.add(option, format!("`{0}` takes no value; write just `{0}`", option_name(option)));
    }
}

/// A text literal, also one that a `macro_rules!` macro passed on.
pub fn literal(expression: &Expr) -> Option<&LitStr> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}
