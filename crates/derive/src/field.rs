//! One field of the struct, with its `#[id(...)]`, `#[attr(...)]` or `#[model(skip)]`.

use syn::{Attribute, Expr, Ident, LitStr, Meta, Type};

use crate::name::Name;
use crate::options::{flag, give, option_name, options, text, word};
use crate::problems::Problems;
use crate::rights::Owner;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Identifier,
    Attribute,
    /// In no record; filled by `Default`.
    Skipped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    Keep,
    Fold,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blank {
    Keep,
    Null,
}

pub struct Field {
    pub ident: Ident,
    pub ty: Type,
    pub role: Role,
    /// What the field is called in records.
    pub path: Name,
    pub references: Option<Name>,
    pub default: Option<Expr>,
    pub case: Option<(Case, Meta)>,
    pub blank: Option<(Blank, Meta)>,
    pub owner: Option<(Owner, Meta)>,
}

/// What the attributes of one field say, before they are put together.
#[derive(Default)]
struct Marks {
    id: Option<Attribute>,
    attr: Option<Attribute>,
    skip: Option<Meta>,
    path: Option<LitStr>,
    references: Option<LitStr>,
    default: Option<Expr>,
    case: Option<(Case, Meta)>,
    blank: Option<(Blank, Meta)>,
    owner: Option<(Owner, Meta)>,
    /// All but `skip`.
    options: Vec<Meta>,
}

impl Field {
    pub fn parse(ident: &Ident, field: &syn::Field, problems: &mut Problems) -> Self {
        let mut marks = Marks::default();
        for attribute in &field.attrs {
            if attribute.path().is_ident("id") {
                marks.id.get_or_insert_with(|| attribute.clone());
                options(attribute, problems).iter().for_each(|option| marks.id_option(option, problems));
            } else if attribute.path().is_ident("attr") {
                marks.attr.get_or_insert_with(|| attribute.clone());
                options(attribute, problems).iter().for_each(|option| marks.attr_option(option, problems));
            } else if attribute.path().is_ident("model") {
                options(attribute, problems).iter().for_each(|option| marks.model_option(option, problems));
            }
        }
        let role = marks.role(ident, problems);
        let Marks { id: _, attr: _, skip: _, path, references, default, case, blank, owner, options: _ } = marks;
        Field {
            ident: ident.clone(),
            ty: field.ty.clone(),
            role,
            path: path.as_ref().map_or_else(|| Name::from(ident), Name::from),
            references: references.as_ref().map(Name::from),
            default,
            case,
            blank,
            owner,
        }
    }

    /// The field's name in Rust.
    pub fn name(&self) -> Name {
        Name::from(&self.ident)
    }
}

impl Marks {
    fn id_option(&mut self, option: &Meta, problems: &mut Problems) {
        match option_name(option).as_str() {
            "default" => problems.add(option, "an identifier has no default: every record must say which one it is"),
            "owner" => {
                problems.add(option, "an identifier has no owner: it says which record it is, and never changes")
            }
            "skip" => self.skip(option, problems),
            name if self.shared_option(name, option, problems) => {}
            unknown => problems
                .add(option, format!("`#[id]` has no option `{unknown}`; it has path, references, case and blank")),
        }
    }

    fn attr_option(&mut self, option: &Meta, problems: &mut Problems) {
        match option_name(option).as_str() {
            "default" => {
                let value = match option {
                    Meta::NameValue(pair) => Some(pair.value.clone()),
                    other => {
                        problems.add(other, "`default` wants a value, such as `default = 1500`");
                        None
                    }
                };
                give(&mut self.default, option, value, problems);
                self.options.push(option.clone());
            }
            "owner" => {
                let value = word(option, Owner::WORDS, problems);
                give(&mut self.owner, option, value.map(|owner| (owner, option.clone())), problems);
                self.options.push(option.clone());
            }
            "skip" => self.skip(option, problems),
            name if self.shared_option(name, option, problems) => {}
            unknown => problems.add(
                option,
                format!(
                    "`#[attr]` has no option `{unknown}`; it has path, default, case, blank, owner, references and skip"
                ),
            ),
        }
    }

    fn model_option(&mut self, option: &Meta, problems: &mut Problems) {
        match option_name(option).as_str() {
            "skip" => self.skip(option, problems),
            name @ ("kind" | "content_type" | "shortname" | "children" | "allow" | "flags" | "crate") => {
                problems.add(option, format!("`{name}` belongs to the struct, not to a field"));
            }
            name @ ("path" | "default" | "case" | "blank" | "owner" | "references") => {
                problems.add(option, format!("`{name}` of a field goes in `#[attr(...)]`"));
            }
            unknown => {
                problems.add(option, format!("`#[model]` has no option `{unknown}`; on a field it has only skip"));
            }
        }
    }

    /// Reads an option that identifiers and attributes have alike; false when there is no such option.
    fn shared_option(&mut self, name: &str, option: &Meta, problems: &mut Problems) -> bool {
        match name {
            "path" => {
                let value = text(option, "status__name", problems);
                give(&mut self.path, option, value, problems);
            }
            "references" => {
                let value = text(option, "tenant", problems);
                give(&mut self.references, option, value, problems);
            }
            "case" => {
                let value = word(option, [("fold", Case::Fold), ("keep", Case::Keep)], problems);
                give(&mut self.case, option, value.map(|case| (case, option.clone())), problems);
            }
            "blank" => {
                let value = word(option, [("null", Blank::Null), ("keep", Blank::Keep)], problems);
                give(&mut self.blank, option, value.map(|blank| (blank, option.clone())), problems);
            }
            _ => return false,
        }
        self.options.push(option.clone());
        true
    }

    fn skip(&mut self, option: &Meta, problems: &mut Problems) {
        flag(option, problems);
        self.skip.get_or_insert_with(|| option.clone());
    }

    fn role(&self, ident: &Ident, problems: &mut Problems) -> Role {
        if let (Some(_), Some(attr)) = (&self.id, &self.attr) {
            problems.add(
                attr,
                format!("field `{ident}` is marked both `#[id]` and `#[attr]`; it is either one or the other"),
            );
        }
        match (&self.id, &self.skip) {
            (Some(_), Some(skip)) => {
                problems.add(skip, format!("identifier `{ident}` cannot be skipped: it is part of the key"));
                Role::Identifier
            }
            (Some(_), None) => Role::Identifier,
            (None, Some(_)) => {
                for option in &self.options {
                    let name = option_name(option);
                    problems.add(
                        option,
                        format!("field `{ident}` is skipped: it is in no record, so `{name}` has no meaning"),
                    );
                }
                Role::Skipped
            }
            (None, None) => Role::Attribute,
        }
    }
}
