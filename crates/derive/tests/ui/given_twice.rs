use trueup_derive::Model;

#[derive(Model)]
#[model(kind = "vlan", kind = "vlan")]
#[model(shortname(vid))]
#[model(shortname(name))]
struct Vlan {
    #[id(path = "id", path = "vid")]
    vid: u16,
    #[attr(case = "fold")]
    #[attr(case = "keep")]
    name: String,
    #[attr(default = 1, default = 2)]
    mtu: u32,
}

fn main() {}
