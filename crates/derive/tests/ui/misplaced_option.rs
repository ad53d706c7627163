use trueup_derive::Model;

#[derive(Model)]
#[id]
#[attr(path = "vlan")]
struct Vlan {
    #[id(default = 1)]
    vid: u16,
    #[model(kind = "name")]
    name: String,
    #[model(path = "status__name")]
    status: String,
}

fn main() {}
