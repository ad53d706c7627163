//! The derive macros of trueup.
//!
//! One declaration goes through `parse` (what each attribute says), `check` (what is wrong between them) and `expand`
//! (the code). Problems of all stages are collected and reported together.

mod check;
mod container;
mod expand;
mod field;
mod model;
mod name;
mod options;
mod parse;
mod problems;
mod rights;
mod shape;

#[doc = include_str!("../docs/model.md")]
#[proc_macro_derive(Model, attributes(model, id, attr))]
pub fn derive_model(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    model::derive(&input, &quote::quote!(::trueup_engine)).into()
}
