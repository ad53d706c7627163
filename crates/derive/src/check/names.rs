use crate::field::{Field, Role};
use crate::name::Name;
use crate::parse::Declaration;
use crate::problems::Problems;

/// The paths of the fields that `names` names by their Rust names. `user` is what names them, for messages.
pub fn resolve_all(names: &[Name], user: &str, declaration: &Declaration, problems: &mut Problems) -> Vec<String> {
    let mut paths = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        if names[..index].iter().any(|earlier| earlier.text == name.text) {
            problems.add_at(name.span, format!("{user} names `{}` twice", name.text));
            continue;
        }
        match resolve(name, &declaration.fields) {
            Ok(path) => paths.push(path),
            Err(reason) => problems.add_at(name.span, format!("{user} names `{}`, but {reason}", name.text)),
        }
    }
    paths
}

fn resolve(name: &Name, fields: &[Field]) -> Result<String, String> {
    if let Some(field) = fields.iter().find(|field| field.name().text == name.text) {
        return match field.role {
            Role::Identifier | Role::Attribute => Ok(field.path.text.clone()),
            Role::Skipped => Err("that field is skipped and in no record".to_owned()),
        };
    }
    let known = fields.iter().filter(|field| field.role != Role::Skipped);
    if let Some(field) = known.clone().find(|field| field.path.text == name.text) {
        return Err(format!("that is a path; write the field's name, `{}`", field.ident));
    }
    let known: Vec<String> = known.map(|field| format!("`{}`", field.name().text)).collect();
    Err(match known.is_empty() {
        true => "there is no such field".to_owned(),
        false => format!("there is no such field; there are {}", known.join(", ")),
    })
}
