use quote::ToTokens;
use syn::{Expr, ExprLit, Lit};

use crate::field::{Blank, Case, Field, Role};
use crate::problems::Problems;
use crate::rights::Owner;
use crate::shape::{is_named, is_scalar, option_item};

/// What is wrong between one field's options and its type, as far as the spelling of the type tells.
pub fn check(field: &Field, problems: &mut Problems) {
    let Field { ident, ty, role, path: _, references: _, default, case, blank, owner } = field;
    if *role == Role::Skipped {
        return;
    }
    let item = option_item(ty).unwrap_or(ty);
    let optional = option_item(ty).is_some();
    if option_item(item).is_some() {
        problems
            .add(ty, format!("`{ident}` is an option in an option, but a record has only one null; use one `Option`"));
    }
    if let Some((Case::Fold, option)) = case
        && is_scalar(item)
    {
        let ty = item.to_token_stream();
        problems.add(option, format!("`case = \"fold\"` is for texts, but `{ident}` is a `{ty}`"));
    }
    if let Some((Blank::Null, option)) = blank {
        if is_scalar(item) {
            let ty = item.to_token_stream();
            problems.add(option, format!("`blank = \"null\"` is for texts, but `{ident}` is a `{ty}`"));
        } else if is_named(item, "String") && !optional {
            problems.add(
                option,
                format!("an empty text becomes null, which `{ident}` cannot hold; make it an `Option<String>`"),
            );
        }
    }
    if let Some((Owner::Merged, option)) = owner
        && (is_scalar(item) || is_named(item, "String"))
    {
        let ty = item.to_token_stream();
        problems.add(option, format!("`owner = \"merged\"` is for sets, but `{ident}` is a `{ty}`"));
    }
    match default {
        Some(none) if optional && names(none, "None") => {
            problems.add(none, format!("`{ident}` is null without a default already; leave `default` out"));
        }
        Some(some @ Expr::Call(call)) if optional && names(&call.func, "Some") => {
            let inner = call.args.to_token_stream();
            problems.add(some, format!("a default is written without `Some`: `default = {inner}`"));
        }
        Some(Expr::Lit(ExprLit { lit: lit @ (Lit::Int(_) | Lit::Float(_) | Lit::Bool(_)), .. }))
            if is_named(item, "String") =>
        {
            let text = lit.to_token_stream();
            problems.add(lit, format!("`{ident}` is a text; write its default in quotes: `default = \"{text}\"`"));
        }
        _ => {}
    }
}

fn names(expression: &Expr, name: &str) -> bool {
    matches!(expression, Expr::Path(path) if path.path.is_ident(name))
}
