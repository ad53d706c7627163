//! From a checked declaration to `impl Model`.
//!
//! Local names are hygienic (`mixed_site`) and all paths are absolute, so a user's own `Result`, `String` or constants
//! do not get in the way. What rustc may complain about carries the span of the field's type.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, Expr};

use crate::check::{Checked, CheckedReference};
use crate::field::{Blank, Case, Field, Role};
use crate::options::literal;
use crate::rights::expand_flags;
use crate::shape::{is_named, is_scalar, option_item};

pub fn expand(checked: &Checked, engine: &TokenStream) -> TokenStream {
    let ident = &checked.declaration.ident;
    let kind = kind(checked, engine);
    let to_record = to_record(checked, engine);
    let from_record = from_record(checked, engine);
    quote! {
        #[automatically_derived]
        impl #engine::kind::Model for #ident {
            #kind
            #to_record
            #from_record
        }
    }
}

/// An `impl` for a declaration that has problems, so that these are all that a user sees.
pub fn stub(input: &DeriveInput, engine: &TokenStream) -> TokenStream {
    let ident = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #generics #engine::kind::Model for #ident #arguments #bounds {
            fn kind() -> ::core::result::Result<#engine::kind::Kind, #engine::kind::KindError> {
                ::core::unreachable!()
            }

            fn to_record(&self) -> #engine::record::Record {
                ::core::unreachable!()
            }

            fn from_record(
                _: &#engine::record::Record,
            ) -> ::core::result::Result<Self, #engine::kind::FromRecordError> {
                ::core::unreachable!()
            }
        }
    }
}

fn kind(checked: &Checked, engine: &TokenStream) -> TokenStream {
    let container = &checked.declaration.container;
    let name = &checked.declaration.kind.text;
    let fields = checked.declaration.fields.iter().filter_map(|field| {
        let method = match field.role {
            Role::Identifier => format_ident!("id_field"),
            Role::Attribute => format_ident!("attr_field"),
            Role::Skipped => return None,
        };
        let declared = declared_field(field, engine);
        Some(quote!(.#method(#declared)))
    });
    let children = container.children.iter().map(|child| {
        let (kind, field) = (&child.kind.text, &child.field.text);
        quote!(.child(#kind, #field))
    });
    let references =
        checked.references.iter().map(|CheckedReference { to, fields }| quote!(.reference(#to, [#(#fields),*])));
    let shortname = (!checked.shortname.is_empty()).then(|| {
        let fields = &checked.shortname;
        quote!(.shortname([#(#fields),*]))
    });
    let content_type = container.content_type.as_ref().map(|text| quote!(.content_type(#text)));
    let allow = container.allow.map(|allow| allow.expand(engine));
    let flags = (!container.flags.is_empty()).then(|| expand_flags(&container.flags, engine));
    quote! {
        fn kind() -> ::core::result::Result<#engine::kind::Kind, #engine::kind::KindError> {
            #engine::kind::Kind::builder(#name)
                #(#fields)*
                #(#children)*
                #(#references)*
                #shortname
                #content_type
                #allow
                #flags
                .build()
        }
    }
}

fn declared_field(field: &Field, engine: &TokenStream) -> TokenStream {
    let (path, ty) = (&field.path.text, &field.ty);
    let field_type = quote_spanned!(ty.span()=> <#ty as #engine::kind::ModelValue>::field_type());
    let default = field.default.as_ref().map(|default| {
        let value = default_value(field, default, engine);
        quote!(.with_default(#value))
    });
    let case = matches!(field.case, Some((Case::Fold, _))).then(|| quote!(.with_case(#engine::kind::Case::Fold)));
    let blank = matches!(field.blank, Some((Blank::Null, _))).then(|| quote!(.with_blank(#engine::kind::Blank::Null)));
    let owner = field.owner.as_ref().and_then(|(owner, _)| owner.expand(engine));
    quote!(#engine::kind::Field::new(#path, #field_type) #default #case #blank #owner)
}

/// A default has the type of its field (without the `Option`), so that rustc checks it. A text may stand for what the
/// engine reads from texts, such as an address.
fn default_value(field: &Field, default: &Expr, engine: &TokenStream) -> TokenStream {
    let ty = option_item(&field.ty).unwrap_or(&field.ty);
    // Where the user wrote it, yet known as generated, so that clippy does not judge the conversions as the user's.
    let span = Span::mixed_site().located_at(default.span());
    if (literal(default).is_some() && !is_scalar(ty)) || is_named(ty, "Value") {
        quote_spanned!(span=> <#engine::value::Value as ::core::convert::From<_>>::from(#default))
    } else if is_named(ty, "String") {
        quote_spanned! {span=>
            <#engine::value::Value as ::core::convert::From<::std::string::String>>::from(
                <::std::string::String as ::core::convert::From<_>>::from(#default)
            )
        }
    } else {
        let local = local("default");
        quote!({
            let #local: #ty = #default;
            <#ty as #engine::kind::ModelValue>::to_value(&#local)
        })
    }
}

fn to_record(checked: &Checked, engine: &TokenStream) -> TokenStream {
    let name = &checked.declaration.kind.text;
    let record = local("record");
    let value = |field: &Field| {
        let (ident, ty) = (&field.ident, &field.ty);
        quote_spanned!(ty.span()=> <#ty as #engine::kind::ModelValue>::to_value(&self.#ident))
    };
    let key = with_role(checked, Role::Identifier).map(value);
    let count = with_role(checked, Role::Attribute).count();
    let attributes = with_role(checked, Role::Attribute).map(|field| {
        let (path, value) = (&field.path.text, value(field));
        quote!(#record.attributes.insert(<::std::string::String as ::core::convert::From<&str>>::from(#path), #value);)
    });
    // A kind of identifiers alone has nothing to change after the record is made.
    let fill = (count > 0).then(|| {
        quote! {
            #record.attributes.reserve(#count);
            #(#attributes)*
        }
    });
    let mutable = (count > 0).then(|| quote!(mut));
    quote! {
        fn to_record(&self) -> #engine::record::Record {
            let #mutable #record = #engine::record::Record::new(
                #name,
                #engine::record::Key::new(::std::vec![#(#key),*]),
            );
            #fill
            #record
        }
    }
}

fn from_record(checked: &Checked, engine: &TokenStream) -> TokenStream {
    let name = &checked.declaration.kind.text;
    let (record, key, found, fits) = (local("record"), local("key"), local("found"), local("fits"));
    let wanted = with_role(checked, Role::Identifier).count();
    let positions: Vec<_> = (0..wanted).map(|index| local(&format!("id_{index}"))).collect();
    let mut position = positions.iter();
    let fields = checked.declaration.fields.iter().map(|field| {
        let (ident, ty, path) = (&field.ident, &field.ty, &field.path.text);
        let value = match field.role {
            Role::Identifier => {
                let position = position.next();
                quote!(#position)
            }
            Role::Attribute => {
                quote!(#record.attributes.get(#path).unwrap_or(&#engine::value::Value::Null))
            }
            Role::Skipped => {
                return quote_spanned!(ty.span()=> #ident: <#ty as ::core::default::Default>::default());
            }
        };
        // Not a generic function: its bound would make rustc complain a second time about a type that is no field type.
        let read = quote_spanned! {ty.span()=> {
            let #found = #value;
            match <#ty as #engine::kind::ModelValue>::from_value(#found) {
                ::core::option::Option::Some(#fits) => #fits,
                ::core::option::Option::None => {
                    return ::core::result::Result::Err(
                        #engine::kind::FromRecordError::wrong_type::<#ty>(#name, #path, #found)
                    );
                }
            }
        }};
        quote!(#ident: #read)
    });
    quote! {
        fn from_record(
            #record: &#engine::record::Record,
        ) -> ::core::result::Result<Self, #engine::kind::FromRecordError> {
            if #record.kind.as_str() != #name {
                return ::core::result::Result::Err(#engine::kind::FromRecordError::WrongKind {
                    wanted: ::std::string::ToString::to_string(#name),
                    found: ::std::string::ToString::to_string(&#record.kind),
                });
            }
            let #key = #record.key.values();
            let [#(#positions),*] = #key else {
                return ::core::result::Result::Err(#engine::kind::FromRecordError::WrongKeyLength {
                    kind: ::std::string::ToString::to_string(#name),
                    wanted: #wanted,
                    found: #key.len(),
                });
            };
            ::core::result::Result::Ok(Self { #(#fields),* })
        }
    }
}

fn with_role(checked: &Checked, role: Role) -> impl Iterator<Item = &Field> {
    checked.declaration.fields.iter().filter(move |field| field.role == role)
}

/// A local name that nothing of the user's can meet: hygiene keeps it from the user's variables, and the underscores
/// from constants, which a pattern would otherwise mean.
fn local(name: &str) -> syn::Ident {
    format_ident!("__{name}", span = Span::mixed_site())
}
