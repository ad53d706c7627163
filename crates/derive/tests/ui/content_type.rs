use trueup_derive::Model;

#[derive(Model)]
#[model(content_type = "vlan")]
struct NoApp {
    #[id]
    vid: u16,
}

#[derive(Model)]
#[model(content_type = "ipam.vlan.vid")]
struct TooLong {
    #[id]
    vid: u16,
}

fn main() {}
