//! The form of the cases; see `conformance/README.md` of the cases' origin.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub golden: Golden,
    pub scenario: Scenario,
}

#[derive(Debug, Deserialize)]
pub struct Golden {
    pub summary: Option<Json>,
    pub len: Option<usize>,
    pub has_diffs: Option<bool>,
    pub elements: Option<Json>,
    pub dict: Option<Json>,
    #[serde(rename = "str")]
    pub text: Option<String>,
    pub calls: Option<Json>,
    #[serde(rename = "final")]
    pub state: Option<Json>,
    pub dst_status: Option<Json>,
    pub sync_complete: Option<bool>,
    pub rediff_has_diffs: Option<bool>,
    pub error: Option<(String, String, String)>,
    /// DiffSync's progress numbers may fall short or overshoot; ours end at their total, which a law tests.
    #[serde(rename = "cb_diff")]
    pub _diff_progress: Option<Json>,
    #[serde(rename = "cb_sync")]
    pub _sync_progress: Option<Json>,
    /// Whether DiffSync computed the diff a second time; a plan is never computed twice here.
    #[serde(rename = "returns_same_diff")]
    pub _returns_same_diff: Option<bool>,
    /// What this test does not know how to check; it says so.
    #[serde(flatten)]
    pub unknown: Map<String, Json>,
}

#[derive(Debug, Deserialize)]
pub struct Scenario {
    pub id: String,
    #[serde(default)]
    pub note: String,
    #[serde(default)]
    pub op: Option<String>,
    #[serde(default)]
    pub schema: Option<IndexMap<String, KindDeclaration>>,
    #[serde(default)]
    pub src_schema: Option<IndexMap<String, KindDeclaration>>,
    #[serde(default)]
    pub dst_schema: Option<IndexMap<String, KindDeclaration>>,
    #[serde(default)]
    pub top: Option<Vec<String>>,
    #[serde(default)]
    pub src_top: Option<Vec<String>>,
    #[serde(default)]
    pub dst_top: Option<Vec<String>>,
    pub source: Vec<Node>,
    pub target: Vec<Node>,
    #[serde(default)]
    pub flags: Vec<String>,
    #[serde(default)]
    pub sync_flags: Vec<String>,
    #[serde(default)]
    pub fail: IndexMap<String, String>,
    #[serde(default)]
    pub mutate_dst: Vec<Vec<Json>>,
    #[serde(default)]
    pub diff_class: Option<String>,
    /// Circumstances that this test cannot make; such a case fails.
    #[serde(flatten)]
    pub unknown: Map<String, Json>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindDeclaration {
    pub ids: Vec<String>,
    #[serde(default)]
    pub attrs: Map<String, Json>,
    #[serde(default)]
    pub kids: IndexMap<String, String>,
    #[serde(default)]
    pub short: Vec<String>,
    #[serde(default)]
    pub decl: Option<Vec<String>>,
    /// Neither identifier nor attribute: nothing that is compared.
    #[serde(default, rename = "fields")]
    pub _fields: Option<Json>,
}

/// `[kind, {ids}, {attrs}, [children], [flags]]`
#[derive(Debug, Clone, Deserialize)]
pub struct Node(
    pub String,
    pub Map<String, Json>,
    pub Map<String, Json>,
    pub Vec<Node>,
    #[serde(default)] pub Vec<String>,
);

impl Scenario {
    /// The file's objects are sorted by name, so that the order of the source's child kinds is lost, and case D15 is about
    /// just that order: in DiffSync's run the source declared `person` before `device`.
    fn restore_order(&mut self) {
        if self.id != "D15" {
            return;
        }
        let site = self.src_schema.as_mut().and_then(|kinds| kinds.get_mut("site"));
        if let Some(site) = site {
            site.kids.sort_by(|a, _, b, _| b.cmp(a));
        }
    }

    pub fn schema_of(&self, own: &Option<IndexMap<String, KindDeclaration>>) -> IndexMap<String, KindDeclaration> {
        own.as_ref().or(self.schema.as_ref()).cloned().unwrap_or_default()
    }

    pub fn top_of(&self, own: &Option<Vec<String>>) -> Vec<String> {
        own.as_ref().or(self.top.as_ref()).cloned().unwrap_or_default()
    }

    pub fn is_sync(&self) -> bool {
        self.op.as_deref() == Some("sync")
    }
}

/// Python writes NaN bare; JSON has no word for it, so it becomes the tagged form of the engine.
pub fn read(text: &str) -> serde_json::Result<Vec<Case>> {
    let mut out = String::with_capacity(text.len());
    let mut in_string = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if !in_string && rest.starts_with("NaN") {
            out.push_str(r#"{"$float": "nan"}"#);
            rest = &rest[3..];
            continue;
        }
        if in_string && c == '\\' {
            out.push_str(&rest[..2]);
            rest = &rest[2..];
            continue;
        }
        in_string ^= c == '"';
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    let mut cases: Vec<Case> = serde_json::from_str(&out)?;
    cases.iter_mut().for_each(|case| case.scenario.restore_order());
    Ok(cases)
}
