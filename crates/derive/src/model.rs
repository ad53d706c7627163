use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::check::check;
use crate::container::Container;
use crate::expand::{expand, stub};
use crate::parse::parse;
use crate::problems::Problems;

/// `impl Model` for `input`, or all that is wrong with it. `engine` is where the engine is found unless
/// `#[model(crate = "...")]` says otherwise.
pub fn derive(input: &DeriveInput, engine: &TokenStream) -> TokenStream {
    let mut problems = Problems::default();
    let container = Container::parse(&input.attrs, &mut problems);
    let engine = container.engine.path(engine);
    let checked = parse(input, container, &mut problems).map(|declaration| check(declaration, &mut problems));
    match (problems.into_error(), checked, engine) {
        (None, Some(checked), Some(engine)) => expand(&checked, &engine),
        (error, _, engine) => {
            let error = error.map(|error| error.to_compile_error());
            let stub = engine.map(|engine| stub(input, &engine));
            quote::quote!(#error #stub)
        }
    }
}
