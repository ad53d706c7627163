use trueup_derive::Model;

#[derive(Model)]
#[model(knd = "vlan", content_type = "ipam.vlan", skip)]
struct Vlan {
    #[id(pth = "vlan_id")]
    vid: u16,
    #[attr(defualt = 1500, std::path = "x")]
    mtu: u32,
    #[model(skp)]
    cache: u8,
}

fn main() {}
