use trueup_derive::Model;

#[derive(Model)]
#[model(
    shortname(nmae, vlan_group__name, cache, vid, vid),
    references(location(site, parent), tenant(), vlan_group(group, group))
)]
struct Vlan {
    #[id]
    vid: u16,
    #[id(path = "vlan_group__name")]
    group: String,
    site: String,
    r#type: String,
    #[model(skip)]
    cache: u8,
}

fn main() {}
