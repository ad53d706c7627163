//! What the schema says of itself: `__schema` and `__type`, written straight from the catalog.
//!
//! The whole schema is many megabytes of JSON; nothing of it is kept. Types are named as GraphQL writes them (`[Int]!`),
//! which is all that there is to know of a wrapped type.

mod meta;

use std::borrow::Cow;

use super::catalog::{Catalog, Choices, FIXED, Object, QUERY, Root, SCALARS, Shows};
use super::execute::Fault;
use super::execute::text::push_text;
use super::parameters::PAGE;
use super::plan::{Meta, MetaField};

/// Writes what is asked of the schema.
///
/// # Errors
/// It would be longer than `limit` bytes.
pub fn schema(catalog: &Catalog, asked: &Meta, limit: usize, out: &mut String) -> Result<(), Fault> {
    Introspection { catalog, limit }.schema(asked, out)
}

/// Writes what is asked of the type of that name; null when there is none.
///
/// # Errors
/// It would be longer than `limit` bytes.
pub fn type_named(catalog: &Catalog, name: &str, asked: &Meta, limit: usize, out: &mut String) -> Result<(), Fault> {
    Introspection { catalog, limit }.type_of(name, asked, out)
}

#[derive(Clone, Copy)]
struct Introspection<'c> {
    catalog: &'c Catalog,
    limit: usize,
}

/// A type that is not wrapped.
enum Kind<'c> {
    Scalar,
    Object(Fields<'c>),
    Enum(Vec<&'c str>),
}

/// Where the fields of an object stand. A type is named thousands of times and its fields are told once.
enum Fields<'c> {
    Roots,
    Of(&'c Object),
    Fixed(&'static [(&'static str, &'static str)]),
    Meta(&'static [meta::MetaField]),
}

/// A field of an object.
struct FieldOf<'c> {
    name: &'c str,
    output: Cow<'c, str>,
    arguments: Vec<(&'c str, &'c str)>,
}

impl FieldOf<'_> {
    fn plain((name, output, arguments): meta::MetaField) -> Self {
        Self { name, output: Cow::Borrowed(output), arguments: arguments.to_vec() }
    }
}

type Written = Result<(), Fault>;

impl<'c> Introspection<'c> {
    /// Writes an object with what `value` writes for each field, by its name.
    fn object(
        self,
        typename: &str,
        asked: &Meta,
        out: &mut String,
        mut value: impl FnMut(&MetaField, &mut String) -> Written,
    ) -> Written {
        out.push('{');
        for (place, field) in asked.0.iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            push_text(&field.key, out);
            out.push(':');
            match field.name.as_str() {
                "__typename" => push_text(typename, out),
                _ => value(field, out)?,
            }
        }
        out.push('}');
        if out.len() > self.limit { Err(Fault::TooLong { limit: self.limit }) } else { Ok(()) }
    }

    fn list<T>(
        self,
        items: impl IntoIterator<Item = T>,
        out: &mut String,
        mut item: impl FnMut(T, &mut String) -> Written,
    ) -> Written {
        out.push('[');
        for (place, one) in items.into_iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            item(one, out)?;
        }
        out.push(']');
        Ok(())
    }

    fn schema(self, asked: &Meta, out: &mut String) -> Written {
        self.object("__Schema", asked, out, |field, out| match field.name.as_str() {
            "queryType" => self.type_of(QUERY, &field.below, out),
            "types" => self.list(self.names(), out, |name, out| self.type_of(name, &field.below, out)),
            "directives" => self.list(meta::DIRECTIVES.iter(), out, |one, out| self.directive(one, &field.below, out)),
            _ => null(out),
        })
    }

    /// Every type that is not wrapped.
    fn names(self) -> Vec<&'c str> {
        let mut names = vec![QUERY];
        names.extend(self.catalog.objects().map(|(_, object)| object.name.as_str()));
        names.extend(FIXED.iter().map(|(name, _)| *name));
        names.extend(self.choices().map(|choices| choices.name.as_str()));
        names.extend(meta::BUILT_IN.into_iter().chain(SCALARS));
        names.extend(meta::TYPES.iter().map(|one| one.name));
        names.extend(meta::ENUMS.iter().map(|one| one.name));
        names
    }

    fn choices(self) -> impl Iterator<Item = &'c Choices> {
        let fields = self.catalog.objects().flat_map(|(_, object)| object.fields.values());
        fields.filter_map(|shows| match shows {
            Shows::Choice { choices, .. } => Some(choices.as_ref()),
            _ => None,
        })
    }

    /// The type of that name, not wrapped.
    fn kind(self, name: &str) -> Option<Kind<'c>> {
        if meta::BUILT_IN.contains(&name) || SCALARS.contains(&name) {
            return Some(Kind::Scalar);
        }
        if name == QUERY {
            return Some(Kind::Object(Fields::Roots));
        }
        if let Some((_, object)) = self.catalog.objects().find(|(_, object)| object.name == name) {
            return Some(Kind::Object(Fields::Of(object)));
        }
        if let Some((_, fields)) = FIXED.iter().find(|(fixed, _)| *fixed == name) {
            return Some(Kind::Object(Fields::Fixed(fields)));
        }
        if let Some(one) = meta::TYPES.iter().find(|one| one.name == name) {
            return Some(Kind::Object(Fields::Meta(one.fields)));
        }
        if let Some(one) = meta::ENUMS.iter().find(|one| one.name == name) {
            return Some(Kind::Enum(one.values.to_vec()));
        }
        let choices = self.choices().find(|choices| choices.name == name)?;
        Some(Kind::Enum(choices.values.values().map(String::as_str).collect()))
    }

    fn fields(self, fields: &Fields<'c>) -> Vec<FieldOf<'c>> {
        match *fields {
            Fields::Roots => self.roots(),
            Fields::Of(object) => {
                let fields = object.fields.iter().map(|(name, shows)| {
                    let (output, list_of) = self.catalog.output(shows);
                    FieldOf { name, output, arguments: list_of.map_or_else(Vec::new, |to| self.arguments(to)) }
                });
                fields.collect()
            }
            Fields::Fixed(fields) => {
                let fields = fields.iter().map(|(name, output)| (*name, *output, &[][..]));
                fields.map(FieldOf::plain).collect()
            }
            Fields::Meta(fields) => fields.iter().copied().map(FieldOf::plain).collect(),
        }
    }

    fn roots(self) -> Vec<FieldOf<'c>> {
        let roots = self.catalog.roots.iter().filter_map(|(name, root)| {
            let (Root::One(index) | Root::List(index)) = *root;
            let object = self.catalog.object(index)?;
            Some(match root {
                Root::One(_) => FieldOf { name, output: Cow::Borrowed(&object.name), arguments: vec![("id", "ID")] },
                Root::List(_) => {
                    FieldOf { name, output: format!("[{}]", object.name).into(), arguments: self.arguments(index) }
                }
            })
        });
        roots.collect()
    }

    fn arguments(self, list_of: trueup_inventory::model::TypeIndex) -> Vec<(&'c str, &'c str)> {
        let filters = self.catalog.parameters(list_of).iter();
        let filters = filters.map(|one| (one.argument.as_str(), one.values.input()));
        filters.chain(PAGE.into_iter().map(|name| (name, "Int"))).collect()
    }

    /// A type as GraphQL writes it; null when there is none of that name.
    fn type_of(self, written: &str, asked: &Meta, out: &mut String) -> Written {
        let wrapped = match written.strip_suffix('!') {
            Some(inner) => Some(("NON_NULL", inner)),
            None => written.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).map(|inner| ("LIST", inner)),
        };
        if let Some((kind, inner)) = wrapped {
            return self.object("__Type", asked, out, |field, out| match field.name.as_str() {
                "kind" => text(kind, out),
                "ofType" => self.type_of(inner, &field.below, out),
                _ => null(out),
            });
        }
        let Some(kind) = self.kind(written) else { return null(out) };
        self.object("__Type", asked, out, |field, out| match (field.name.as_str(), &kind) {
            ("kind", Kind::Scalar) => text("SCALAR", out),
            ("kind", Kind::Object(_)) => text("OBJECT", out),
            ("kind", Kind::Enum(_)) => text("ENUM", out),
            ("name", _) => text(written, out),
            ("fields", Kind::Object(fields)) => {
                self.list(self.fields(fields), out, |one, out| self.field(&one, &field.below, out))
            }
            ("interfaces", Kind::Object(_)) => self.list([(); 0], out, |(), _| Ok(())),
            ("enumValues", Kind::Enum(values)) => {
                self.list(values, out, |value, out| self.enum_value(value, &field.below, out))
            }
            _ => null(out),
        })
    }

    fn field(self, one: &FieldOf<'_>, asked: &Meta, out: &mut String) -> Written {
        self.object("__Field", asked, out, |field, out| match field.name.as_str() {
            "name" => text(one.name, out),
            "args" => self.list(&one.arguments, out, |argument, out| self.input(*argument, &field.below, out)),
            "type" => self.type_of(&one.output, &field.below, out),
            "isDeprecated" => no(out),
            _ => null(out),
        })
    }

    fn input(self, (name, input): (&str, &str), asked: &Meta, out: &mut String) -> Written {
        self.object("__InputValue", asked, out, |field, out| match field.name.as_str() {
            "name" => text(name, out),
            "type" => self.type_of(input, &field.below, out),
            "isDeprecated" => no(out),
            _ => null(out),
        })
    }

    fn enum_value(self, name: &str, asked: &Meta, out: &mut String) -> Written {
        self.object("__EnumValue", asked, out, |field, out| match field.name.as_str() {
            "name" => text(name, out),
            "isDeprecated" => no(out),
            _ => null(out),
        })
    }

    fn directive(self, one: &meta::Directive, asked: &Meta, out: &mut String) -> Written {
        self.object("__Directive", asked, out, |field, out| match field.name.as_str() {
            "name" => text(one.name, out),
            "locations" => self.list(one.locations, out, |location, out| text(location, out)),
            "args" => self.list(one.arguments, out, |argument, out| self.input(*argument, &field.below, out)),
            "isRepeatable" => no(out),
            _ => null(out),
        })
    }
}

fn text(text: &str, out: &mut String) -> Written {
    push_text(text, out);
    Ok(())
}

fn null(out: &mut String) -> Written {
    out.push_str("null");
    Ok(())
}

fn no(out: &mut String) -> Written {
    out.push_str("false");
    Ok(())
}
