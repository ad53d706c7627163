use trueup_derive::Model;

#[derive(Model)]
struct Vlan {
    #[id]
    #[attr(path = "vlan_id")]
    vid: u16,
    #[attr]
    #[id]
    name: String,
}

fn main() {}
