use std::fmt::Display;

use proc_macro2::Span;
use quote::ToTokens;

/// Everything that is wrong with one declaration, so that a user sees it all in one compilation.
#[derive(Default)]
pub struct Problems(Option<syn::Error>);

impl Problems {
    /// Underlines all of `tokens`.
    pub fn add(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    pub fn add_at(&mut self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    pub fn into_error(self) -> Option<syn::Error> {
        self.0
    }

    fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            none => *none = Some(error),
        }
    }
}
