//! What a macro can know about a field's type from its spelling alone.

use syn::{GenericArgument, Ident, PathArguments, Type, TypePath};

const SCALARS: [&str; 9] = ["bool", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "f64"];

/// A type that looks like a bool or a number.
pub fn is_scalar(ty: &Type) -> bool {
    match ungroup(ty) {
        Type::Path(TypePath { qself: None, path, .. }) => SCALARS.iter().any(|scalar| path.is_ident(scalar)),
        _ => false,
    }
}

/// A type whose last word is `name`: `String`, `std::string::String`.
pub fn is_named(ty: &Type, name: &str) -> bool {
    last(ty).is_some_and(|(ident, arguments)| ident == name && arguments.is_none())
}

/// `T` of an `Option<T>`.
pub fn option_item(ty: &Type) -> Option<&Type> {
    let (ident, arguments) = last(ty)?;
    match arguments {
        PathArguments::AngleBracketed(arguments) if ident == "Option" && arguments.args.len() == 1 => {
            match arguments.args.first()? {
                GenericArgument::Type(item) => Some(item),
                _ => None,
            }
        }
        _ => None,
    }
}

fn last(ty: &Type) -> Option<(&Ident, &PathArguments)> {
    match ungroup(ty) {
        Type::Path(TypePath { qself: None, path, .. }) => {
            path.segments.last().map(|segment| (&segment.ident, &segment.arguments))
        }
        _ => None,
    }
}

/// A type that a `macro_rules!` macro passed on is wrapped in a group.
fn ungroup(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungroup(&group.elem),
        Type::Paren(paren) => ungroup(&paren.elem),
        other => other,
    }
}
