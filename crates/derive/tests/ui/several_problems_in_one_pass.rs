use trueup_derive::Model;
use trueup_engine::kind::Model;

#[derive(Model)]
#[model(kind = "", shortname(nmae), colour = "red")]
struct Device {
    #[id(default = 1)]
    name: String,
    #[id]
    #[attr(case = "lower")]
    serial: String,
    #[attr(path = "name")]
    label: String,
}

/// Use of a model that has problems is no problem of its own.
fn main() {
    let _ = Device::kind();
}
