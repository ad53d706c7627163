//! What the methods of single addresses take and give, said once for OPTIONS and the OpenAPI document.

use super::methods::Verb;

/// One method of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    pub verb: Verb,
    /// The body of the request.
    pub takes: Shape,
    /// The status of success.
    pub status: u16,
    /// The body that comes with it.
    pub gives: Shape,
    /// Statuses besides those that every request may be answered with.
    pub also: &'static [u16],
}

/// The form of a body, as far as clients are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Nothing,
    /// An object with any keys.
    Object,
    /// A bare list of anything.
    List,
    /// One object or a list of them.
    ObjectOrList,
    /// A page of objects with any keys.
    Objects,
    /// A page of records of any type.
    Members,
    /// A page of whole numbers.
    Numbers,
    /// A record of that content type.
    Record(&'static str),
    /// A page of records of that content type.
    Page(&'static str),
    /// These fields of that content type.
    Fields(&'static str, &'static [&'static str]),
}

impl Operation {
    pub const fn new(verb: Verb, takes: Shape, status: u16, gives: Shape) -> Self {
        Self { verb, takes, status, gives, also: &[] }
    }

    pub const fn get(gives: Shape) -> Self {
        Self::new(Verb::Get, Shape::Nothing, 200, gives)
    }

    /// The same with more statuses that it may be answered with.
    pub const fn or(self, also: &'static [u16]) -> Self {
        Self { also, ..self }
    }
}
