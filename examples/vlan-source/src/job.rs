use std::path::{Path, PathBuf};

use trueup::prelude::*;

/// What is compared: one field to tell VLANs apart, two that may differ.
#[derive(Debug, Clone, PartialEq, Model)]
#[model(content_type = "ipam.vlan", crate = "::trueup::engine")]
pub struct Vlan {
    #[id]
    pub vid: u16,
    pub name: String,
    #[attr(path = "status__name")]
    pub status: String,
}

pub struct VlanSource;

impl DataSource for VlanSource {
    fn meta(&self) -> JobMeta {
        JobMeta::new("vlan-source").description("VLANs from a CSV file").data_source("CSV file")
    }

    fn variables(&self) -> Vec<Variable> {
        vec![Variable::file("file").help("A header, then a number and a name a line").default("vlans.csv")]
    }

    fn kinds(&self) -> Result<Vec<Kind>, JobError> {
        kinds![Vlan]
    }

    fn load_source_adapter(&self, context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        let file: PathBuf = context.get("file")?;
        let source = ModelSource::new("csv", file.display().to_string());
        Ok(Box::new(source.results(move || read(&file))))
    }
}

/// One VLAN a line; a line that is none is named and does not stop the others.
fn read(file: &Path) -> Result<Vec<Result<Vlan, BadRecord>>, BoxError> {
    let text = std::fs::read_to_string(file)?;
    let bad = |line, cause| BadRecord::new(Place::file(file.display().to_string()).at_line(line), cause);
    let lines = text.lines().zip(1..).skip(1);
    Ok(lines.map(|(line, number)| vlan(line).map_err(|cause| bad(number, cause))).collect())
}

fn vlan(line: &str) -> Result<Vlan, String> {
    let (vid, name) = line.split_once(',').ok_or("a number, a comma and a name were expected")?;
    let vid = vid.trim().parse().map_err(|_| format!("`{vid}` is no number of a VLAN"))?;
    Ok(Vlan { vid, name: name.trim().to_owned(), status: "Active".to_owned() })
}
