//! `display`: how a record is named for people.

use std::fmt::Write as _;

use trueup_inventory::Record;
use trueup_inventory::model::{ANCESTRY, ContentType, Display, FieldKind, Part, Registry};

use super::chain::{Chain, End};
use super::text::string_into;
use super::world::{Map, World};
use crate::words::title;

/// The names above a record of a tree and its own, from the top.
const ARROW: &str = " → ";
/// A ring of parents cannot be stored; should there be one, the name ends here.
const DEEPEST: usize = 64;

/// A display text made ready.
#[derive(Debug)]
pub struct Shown {
    parts: Vec<Piece>,
    /// What names a record for which the parts give nothing, such as a device without a name.
    nameless: Vec<Chain>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Chain(Chain),
    /// A field with choices, and their labels in small letters by value.
    Label(usize, Map<String, String>),
    /// A field that names a content type.
    TypeName(usize),
    /// The reference to the parent, and the field that names one step.
    Ancestry {
        parent: usize,
        name: usize,
    },
}

impl Shown {
    pub fn new(registry: &Registry, content_type: &ContentType) -> Self {
        let parts = pieces(registry, content_type, content_type.shown_as());
        let nameless: &[&str] = match content_type.name() {
            "dcim.device" => &["device_type__manufacturer__name", "device_type__model"],
            _ => &[],
        };
        let nameless = nameless.iter().filter_map(|path| Chain::new(registry, content_type, path)).collect();
        Self { parts, nameless }
    }

    /// The references that must be loaded for every record.
    pub fn needs(&self) -> impl Iterator<Item = &Chain> {
        self.parts.iter().filter_map(|part| match part {
            Piece::Chain(chain) => Some(chain),
            _ => None,
        })
    }

    /// The references that must be loaded for a record without a name.
    pub fn needs_of_nameless(&self) -> &[Chain] {
        &self.nameless
    }

    /// The parent of every record must be loaded, and its parent, up to the top.
    pub fn needs_ancestors(&self) -> Option<usize> {
        self.parts.iter().find_map(|part| match part {
            Piece::Ancestry { parent, .. } => Some(*parent),
            _ => None,
        })
    }

    /// Whether the parts give nothing for a record.
    pub fn is_nameless(&self, content_type: &ContentType, record: &Record) -> bool {
        self.parts.iter().all(|part| match part {
            Piece::Chain(Chain { hops, end: End::Field(_, field) }) if hops.is_empty() => {
                record.text(content_type, *field).is_none_or(str::is_empty)
            }
            _ => false,
        })
    }

    /// Appends the name of a record as a JSON string.
    pub fn write(&self, world: &World, content_type: &ContentType, record: &Record, out: &mut String) {
        match self.parts.as_slice() {
            [Piece::Chain(chain)] if self.nameless.is_empty() => {
                string_into(&chain.text(world, record).unwrap_or_default(), out);
            }
            _ => string_into(&self.text(world, content_type, record), out),
        }
    }

    /// The name of a record.
    pub fn text(&self, world: &World, content_type: &ContentType, record: &Record) -> String {
        if self.is_nameless(content_type, record) {
            let mut words: String =
                self.nameless.iter().filter_map(|chain| chain.text(world, record)).map(|word| word + " ").collect();
            let _ = write!(words, "({})", record.id());
            return words;
        }
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Piece::Text(fixed) => text.push_str(fixed),
                Piece::Chain(chain) => text.push_str(&chain.text(world, record).unwrap_or_default()),
                Piece::Label(field, labels) => {
                    let value = record.text(content_type, *field).unwrap_or_default();
                    text.push_str(labels.get(value).map_or(value, String::as_str));
                }
                Piece::TypeName(field) => {
                    let name = record.text(content_type, *field).unwrap_or_default();
                    match world.registry().content_type(name) {
                        Ok(named) => text.push_str(&title(named)),
                        Err(_) => text.push_str(name),
                    }
                }
                Piece::Ancestry { parent, name } => {
                    let mut names = vec![record.text(content_type, *name).unwrap_or_default()];
                    let mut current = record;
                    while let Some(above) = current
                        .reference(content_type, *parent)
                        .and_then(|id| world.record(content_type.index(), id))
                        .filter(|_| names.len() < DEEPEST)
                    {
                        names.push(above.text(content_type, *name).unwrap_or_default());
                        current = above;
                    }
                    names.reverse();
                    text.push_str(&names.join(ARROW));
                }
            }
        }
        text
    }
}

fn pieces(registry: &Registry, content_type: &ContentType, display: &Display) -> Vec<Piece> {
    let piece = |part: &Part| match part {
        Part::Text(text) => Some(Piece::Text(text.clone())),
        Part::Field(path) if path == ANCESTRY => {
            let parent = content_type.place(content_type.tree()?.name())?;
            Some(Piece::Ancestry { parent, name: content_type.place("name")? })
        }
        Part::Field(path) => Chain::new(registry, content_type, path).map(Piece::Chain),
        Part::Label(field) => {
            let place = content_type.place(field)?;
            let FieldKind::Scalar(scalar) = content_type.fields()[place].kind() else { return None };
            let choices = scalar.choices().into_iter().flatten();
            let labels = choices.map(|choice| (choice.value.clone(), choice.label.to_lowercase()));
            Some(Piece::Label(place, labels.collect()))
        }
        Part::TypeName(field) => content_type.place(field).map(Piece::TypeName),
    };
    display.parts().iter().filter_map(piece).collect()
}
