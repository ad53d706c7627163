use trueup_connectors::Source;
use trueup_connectors::models::ModelSource;
use trueup_derive::Model;
use trueup_engine::{Kind, Model};
use trueup_jobs::{DataSource, JobContext, JobError, JobMeta};

#[derive(Debug, Model)]
#[model(content_type = "dcim.manufacturer")]
struct Manufacturer {
    #[id]
    name: String,
    description: String,
}

#[derive(Debug, Model)]
#[model(content_type = "dcim.devicetype")]
struct DeviceType {
    #[id(path = "manufacturer__name")]
    manufacturer: String,
    #[id]
    model: String,
    part_number: String,
}

/// What the source holds in one round. A third of the records is there in every round and changes; a third is there in
/// even rounds, a third in odd ones, each as makers with a device type, which has to wait for its maker.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    number: u32,
    steps: u32,
}

impl Round {
    pub fn new(number: u32, steps: u32) -> Self {
        Self { number, steps }
    }

    /// Names and descriptions of makers, and for some the model and part number of their device type.
    pub fn makers(self) -> impl Iterator<Item = (String, String, Option<(&'static str, String)>)> {
        let Self { number, steps } = self;
        let part = steps / 6;
        let present = if number % 2 == 0 { "even" } else { "odd" };
        let changing =
            (0..steps - 4 * part).map(move |place| (format!("kept-{place:05}"), format!("round {number}"), None));
        let alternating = (0..part).map(move |place| {
            let device_type = Some(("X1", format!("part {place}")));
            (format!("{present}-{place:05}"), present.to_owned(), device_type)
        });
        changing.chain(alternating)
    }
}

impl DataSource for Round {
    fn meta(&self) -> JobMeta {
        JobMeta::new("crash").data_source("a round")
    }

    fn kinds(&self) -> Result<Vec<Kind>, JobError> {
        Ok(vec![Manufacturer::kind()?, DeviceType::kind()?])
    }

    fn load_source_adapter(&self, _context: &JobContext) -> Result<Box<dyn Source>, JobError> {
        let round = *self;
        let makers = move || round.makers().map(|(name, description, _)| Manufacturer { name, description });
        let types = move || {
            round.makers().filter_map(|(manufacturer, _, device_type)| {
                let (model, part_number) = device_type?;
                Some(DeviceType { manufacturer, model: model.to_owned(), part_number })
            })
        };
        let source = ModelSource::new("made", format!("round {}", self.number));
        Ok(Box::new(source.models(move || Ok(makers())).models(move || Ok(types()))))
    }
}
