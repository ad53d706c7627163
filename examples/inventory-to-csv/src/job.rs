use std::path::PathBuf;

use trueup::prelude::*;

use crate::table::{Vlan, read, write};

pub struct InventoryToCsv;

impl DataTarget for InventoryToCsv {
    fn meta(&self) -> JobMeta {
        JobMeta::new("inventory-to-csv").description("VLANs in a CSV file").data_target("CSV file")
    }

    fn variables(&self) -> Vec<Variable> {
        vec![Variable::text("file").help("Is made when it is not there").default("vlans.csv")]
    }

    fn kinds(&self) -> Result<Vec<Kind>, JobError> {
        kinds![Vlan]
    }

    fn load_target_adapter(&self, context: &JobContext) -> Result<Box<dyn Target>, JobError> {
        let file = PathBuf::from(context.get::<String>("file")?);
        let from = file.clone();
        let source = ModelSource::new("csv", file.display().to_string());
        let source = source.models(move || Ok(read(&from)?.into_values()));
        Ok(Box::new(ModelTarget::new(source).batches::<Vlan>(Rows { file }).in_batches_of(10_000)))
    }
}

/// Writes the file once for each batch.
struct Rows {
    file: PathBuf,
}

impl BatchHooks<Vlan> for Rows {
    async fn apply(&self, changes: Vec<ModelChange<Vlan>>) -> Result<Vec<Outcome>, BoxError> {
        let mut vlans = read(&self.file)?;
        let mut outcomes = Vec::with_capacity(changes.len());
        for change in changes {
            outcomes.push(match change {
                ModelChange::Create(vlan) | ModelChange::Update { after: vlan, .. } => put(&mut vlans, vlan),
                ModelChange::Delete(vlan) => {
                    vlans.remove(&vlan.vid);
                    Outcome::applied()
                }
            });
        }
        write(&self.file, &vlans)?;
        Ok(outcomes)
    }
}

/// A name with a line break cannot be a row; that VLAN is refused, and the others are written.
fn put(vlans: &mut std::collections::BTreeMap<u16, Vlan>, vlan: Vlan) -> Outcome {
    if vlan.name.contains(['\n', '\r']) {
        return Outcome::Failed { fault: Fault::Declined, message: "its name has more than one line".to_owned() };
    }
    vlans.insert(vlan.vid, vlan);
    Outcome::applied()
}
