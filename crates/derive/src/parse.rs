//! From tokens to a [`Declaration`]: what each attribute says, before anything is compared with anything else.

use syn::{Data, DeriveInput, Fields, Ident};

use crate::container::Container;
use crate::field::Field;
use crate::name::{Name, snake_case};
use crate::problems::Problems;

/// A struct as its author declared it.
pub struct Declaration {
    pub ident: Ident,
    pub kind: Name,
    pub container: Container,
    pub fields: Vec<Field>,
}

/// `None` when `input` is nothing that could be a model.
pub fn parse(input: &DeriveInput, container: Container, problems: &mut Problems) -> Option<Declaration> {
    let ident = &input.ident;
    if !input.generics.params.is_empty() {
        problems.add(
            &input.generics,
            format!("`{ident}` has generic parameters, but a kind is declared once; use concrete field types"),
        );
    }
    let shape = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => {
                let named = named.named.iter();
                let fields = named.filter_map(|field| Some(Field::parse(field.ident.as_ref()?, field, problems)));
                let fields = fields.collect();
                let of_struct = Name::from(ident);
                let kind = container.kind.clone();
                let kind = kind.unwrap_or_else(|| Name { text: snake_case(&of_struct.text), span: of_struct.span });
                return Some(Declaration { ident: ident.clone(), kind, container, fields });
            }
            Fields::Unnamed(_) => "its fields have no names",
            Fields::Unit => "it has no fields",
        },
        Data::Enum(_) => "it is an enum",
        Data::Union(_) => "it is a union",
    };
    problems
        .add_at(ident.span(), format!("`{ident}` cannot be a model: {shape}; a model is a struct with named fields"));
    None
}
