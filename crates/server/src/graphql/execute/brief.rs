//! What REST shows of records: `display`, and everything that code works out when a record is shown. Asked for once a
//! level, so that GraphQL and REST never tell two stories.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use serde_json::{Map, Value as Json};
use trueup_inventory::RecordId;
use trueup_inventory::model::ContentType;

use super::parts::Brief;
use super::{Execution, Fault};
use crate::auth::Scope;
use crate::rest::render;
use crate::rest::view::{ManyShown, View};

/// Records as REST shows them.
pub type Shown = HashMap<RecordId, Map<String, Json>, RandomState>;

impl Execution<'_> {
    /// Records with the fields of those names, as far as REST shows them.
    pub(super) async fn shown(
        &mut self,
        content_type: &ContentType,
        ids: &[RecordId],
        fields: Vec<String>,
    ) -> Result<Shown, Fault> {
        let view = View {
            include: fields,
            many: ManyShown::None,
            caller: Some(Arc::new(self.sight.caller().clone())),
            ..View::plain(self.base)
        };
        let texts = render::objects(self.reader, &view, content_type, ids).await?;
        let mut shown = Shown::default();
        for text in texts {
            if let Ok(Json::Object(object)) = serde_json::from_str(&text)
                && let Some(Ok(id)) = object.get("id").and_then(Json::as_str).map(str::parse)
            {
                shown.insert(RecordId(id), object);
            }
        }
        Ok(shown)
    }

    /// Records of any type in brief, by content type and id. Those that may not be seen are left out.
    pub(super) async fn briefs(
        &mut self,
        wanted: impl Iterator<Item = (String, RecordId)>,
    ) -> Result<HashMap<(String, RecordId), Brief>, Fault> {
        let mut by_type: HashMap<String, Vec<RecordId>> = HashMap::new();
        for (name, id) in wanted {
            let ids = by_type.entry(name).or_default();
            if ids.last() != Some(&id) {
                ids.push(id);
            }
        }
        let registry = self.reader.registry().clone();
        let mut briefs = HashMap::new();
        for (name, mut ids) in by_type {
            let Ok(content_type) = registry.content_type(&name) else { continue };
            if self.sight.of(&registry, content_type) == Scope::None {
                continue;
            }
            ids.sort_unstable();
            ids.dedup();
            let ids = self.seen(content_type, ids).await?;
            for (id, object) in self.shown(content_type, &ids, Vec::new()).await? {
                let text = |name: &str| object.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
                let brief =
                    Brief { id: id.to_string(), object_type: name.clone(), display: text("display"), url: text("url") };
                briefs.insert((name.clone(), id), brief);
            }
        }
        Ok(briefs)
    }
}
