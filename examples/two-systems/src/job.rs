use std::fs;
use std::net::IpAddr;
use std::path::PathBuf;

use trueup::prelude::*;

/// Both systems have it. It has no content type, since the inventory has no part in this.
#[derive(Debug, Clone, PartialEq, Model)]
#[model(crate = "::trueup::engine")]
pub struct Host {
    #[id]
    pub name: String,
    pub address: IpAddr,
}

pub struct TwoSystems;

impl Job for TwoSystems {
    fn meta(&self) -> JobMeta {
        let description = "Every host that the leases name, as a file in the folder of a name server";
        JobMeta::new("two-systems").description(description).data_source("leases").data_target("name server")
    }

    fn variables(&self) -> Vec<Variable> {
        vec![
            Variable::file("leases").help("An address and a name a line").default("leases.txt"),
            Variable::text("zone").help("The folder of the name server").default("zone"),
        ]
    }

    fn kinds(&self) -> Result<Vec<Kind>, JobError> {
        kinds![Host]
    }

    fn load_source_adapter(&self, context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        let file: PathBuf = context.get("leases")?;
        let source = ModelSource::new("leases", file.display().to_string());
        Ok(Box::new(source.models(move || -> Result<Vec<Host>, BoxError> {
            let host = |line: &str| {
                let (address, name) = line.split_once(' ').ok_or_else(|| format!("`{line}` is no lease"))?;
                Ok(Host { name: name.to_owned(), address: address.parse()? })
            };
            fs::read_to_string(&file)?.lines().map(host).collect()
        })))
    }

    fn load_target_adapter(&self, context: &JobContext) -> Result<Box<dyn Target>, JobError> {
        let zone = Zone { folder: PathBuf::from(context.get::<String>("zone")?) };
        let reader = zone.clone();
        let source = ModelSource::new("zone", zone.folder.display().to_string()).models(move || reader.hosts());
        Ok(Box::new(ModelTarget::new(source).hooks::<Host>(zone)))
    }

    fn data_mappings(&self) -> Vec<DataMapping> {
        vec![DataMapping::new("lease", "host")]
    }
}

/// A folder with a file for each host.
#[derive(Clone)]
struct Zone {
    folder: PathBuf,
}

impl Zone {
    fn hosts(&self) -> Result<Vec<Host>, BoxError> {
        let mut hosts = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let address = fs::read_to_string(entry.path())?.trim().parse()?;
            hosts.push(Host { name: entry.file_name().to_string_lossy().into_owned(), address });
        }
        Ok(hosts)
    }

    fn put(&self, host: &Host) -> Result<Outcome, BoxError> {
        fs::write(self.folder.join(&host.name), host.address.to_string())?;
        Ok(Outcome::applied())
    }
}

impl ModelHooks<Host> for Zone {
    async fn create(&self, host: Host) -> Result<Outcome, BoxError> {
        self.put(&host)
    }

    async fn update(&self, _before: Host, after: Host, _changed: Vec<String>) -> Result<Outcome, BoxError> {
        self.put(&after)
    }

    async fn delete(&self, host: Host) -> Result<Outcome, BoxError> {
        fs::remove_file(self.folder.join(&host.name))?;
        Ok(Outcome::applied())
    }
}
