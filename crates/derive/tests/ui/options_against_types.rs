use trueup_derive::Model;

#[derive(Model)]
struct Device {
    #[id]
    name: String,
    #[attr(case = "fold", blank = "null")]
    mtu: u32,
    #[attr(case = "fold")]
    share: Option<f64>,
    #[attr(blank = "null")]
    label: String,
    tenant: Option<Option<String>>,
    #[attr(default = Some(1500))]
    speed: Option<u32>,
    #[attr(default = None)]
    role: Option<String>,
    #[attr(default = 64512)]
    asn: String,
}

fn main() {}
