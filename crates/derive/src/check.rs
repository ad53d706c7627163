//! What can be wrong between the parts of a declaration.
//!
//! `Kind::builder` checks the same at run time; here a user learns of it at compile time, and where.

mod field;
mod names;

use std::collections::HashMap;

use crate::field::Role;
use crate::name::Name;
use crate::parse::Declaration;
use crate::problems::Problems;
use names::resolve_all;

/// A declaration in which every name stands for a field, by its path.
pub struct Checked {
    pub declaration: Declaration,
    pub shortname: Vec<String>,
    pub references: Vec<CheckedReference>,
}

#[derive(PartialEq)]
pub struct CheckedReference {
    pub to: String,
    pub fields: Vec<String>,
}

pub fn check(declaration: Declaration, problems: &mut Problems) -> Checked {
    if declaration.fields.iter().all(|field| field.role != Role::Identifier) {
        let message = format!(
            "`{}` has no identifier, so its records could not be told apart; mark at least one field with `#[id]`",
            declaration.ident
        );
        problems.add_at(declaration.ident.span(), message);
    }
    if let Some(content_type) = &declaration.container.content_type {
        let text = content_type.value();
        let parts: Vec<&str> = text.split('.').collect();
        if parts.len() != 2 || parts.iter().any(|part| part.trim().is_empty()) {
            problems.add(content_type, "a content type is written `app.model`, such as \"ipam.vlan\"");
        }
    }
    declaration.fields.iter().for_each(|field| field::check(field, problems));
    check_paths(&declaration, problems);
    check_children(&declaration, problems);
    let shortname = resolve_all(&declaration.container.shortname, "the short name", &declaration, problems);
    let references = check_references(&declaration, problems);
    Checked { declaration, shortname, references }
}

/// Identifiers, attributes and lists of children are different fields.
fn check_paths(declaration: &Declaration, problems: &mut Problems) {
    let mut owners: HashMap<&str, String> = HashMap::new();
    for field in declaration.fields.iter().filter(|field| field.role != Role::Skipped) {
        let owner = format!("field `{}`", field.ident);
        note(&mut owners, &field.path, owner, problems);
    }
    for child in &declaration.container.children {
        let owner = format!("the list of `{}` children", child.kind.text);
        note(&mut owners, &child.field, owner, problems);
    }
}

fn note<'a>(owners: &mut HashMap<&'a str, String>, path: &'a Name, owner: String, problems: &mut Problems) {
    match owners.get(path.text.as_str()) {
        Some(first) => problems.add_at(
            path.span,
            format!("{owner} and {first} both have the path `{}`; each needs a path of its own", path.text),
        ),
        None => {
            owners.insert(&path.text, owner);
        }
    }
}

fn check_children(declaration: &Declaration, problems: &mut Problems) {
    let children = &declaration.container.children;
    for (index, child) in children.iter().enumerate() {
        if child.kind.text.trim().is_empty() || child.field.text.trim().is_empty() {
            problems.add_at(child.kind.span, "children need a kind and a name, such as `interface = \"interfaces\"`");
        } else if children[..index].iter().any(|earlier| earlier.kind.text == child.kind.text) {
            problems.add_at(child.kind.span, format!("children of kind `{}` are listed twice", child.kind.text));
        }
    }
}

fn check_references(declaration: &Declaration, problems: &mut Problems) -> Vec<CheckedReference> {
    let mut checked: Vec<CheckedReference> = Vec::new();
    let mut add = |to: &Name, fields: Vec<String>, problems: &mut Problems| {
        let reference = CheckedReference { to: to.text.clone(), fields };
        if checked.contains(&reference) {
            problems.add_at(to.span, format!("this reference to `{}` is declared twice", to.text));
        }
        checked.push(reference);
    };
    for option in &declaration.container.references {
        let to = &option.to;
        if to.text.trim().is_empty() {
            problems.add_at(to.span, "a reference needs the kind that it leads to, such as `location(site, parent)`");
        } else if option.fields.is_empty() {
            let message = format!("the reference to `{0}` names no field; write `{0}(field, ...)`", to.text);
            problems.add_at(to.span, message);
        } else {
            let role = format!("the reference to `{}`", to.text);
            let fields = resolve_all(&option.fields, &role, declaration, problems);
            add(to, fields, problems);
        }
    }
    for field in declaration.fields.iter().filter(|field| field.role != Role::Skipped) {
        if let Some(to) = &field.references {
            add(to, vec![field.path.text.clone()], problems);
        }
    }
    checked
}
