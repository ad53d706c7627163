use std::fs;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

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
        JobMeta::new("two-systems")
            .description("Every host that the leases name, as a file in the folder of a name server")
            .data_source("leases")
            .data_target("name server")
            .soft_time_limit(Duration::from_secs(900))
            .time_limit(Duration::from_secs(1200))
            .retry(Retry { attempts: 5, ..Retry::default() })
            .budget(Budget::of("name server").requests_per_second(1000.0).concurrency(4))
            .is_singleton()
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
        let folder = PathBuf::from(context.get::<String>("zone")?);
        let zone = Zone { folder, budget: context.budget().clone() };
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
    budget: Allowance,
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

    async fn put(&self, host: &Host) -> Result<Outcome, BoxError> {
        let _under_way = self.budget.request().await;
        fs::write(self.folder.join(&host.name), host.address.to_string())?;
        Ok(Outcome::applied())
    }
}

impl ModelHooks<Host> for Zone {
    async fn create(&self, host: Host) -> Result<Outcome, BoxError> {
        self.put(&host).await
    }

    async fn update(&self, _before: Host, after: Host, _changed: Vec<String>) -> Result<Outcome, BoxError> {
        self.put(&after).await
    }

    async fn delete(&self, host: Host) -> Result<Outcome, BoxError> {
        let _under_way = self.budget.request().await;
        fs::remove_file(self.folder.join(&host.name))?;
        Ok(Outcome::applied())
    }
}
