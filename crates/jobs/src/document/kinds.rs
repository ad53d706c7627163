use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use trueup_engine::Value;
use trueup_engine::kind::FieldDocument;

use super::AllowDocument;

/// One kind of a job. Fields are named as the inventory names them, with `a__b` for what stands behind a reference; their
/// types, defaults and references follow from the content type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobKindDocument {
    /// The inventory's content type, such as `dcim.device`.
    pub content_type: String,
    pub identifiers: Vec<FieldDocument>,
    #[serde(default)]
    pub attributes: Vec<FieldDocument>,
    /// Child kind → the reference by which its records point at this kind: `interface: device`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub children: IndexMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shortname: Vec<String>,
    /// Left out: everything.
    #[serde(default, skip_serializing_if = "AllowDocument::is_all")]
    pub allow: AllowDocument,
    /// Which records take part, on both sides alike: what is asked of a field (`name__isw`) → the value, or the values of
    /// which one has to fit. Texts are templates that know `vars`. Left out: all records.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub scope: IndexMap<String, Value>,
    /// DiffSync's model flags, for every record of this kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
}
