use trueup_derive::Model;

#[derive(Model)]
#[model(kind = 5, content_type("ipam.vlan"), crate = "not a path", shortname = "name", children(), references)]
struct WrongValues {
    #[id(path)]
    id: u16,
    #[attr(path = concat!("a", "b"), default, skip = true)]
    name: String,
    #[attr(case = "lower", blank = "none")]
    label: String,
}

#[derive(Model)]
#[model(children(interface), shortname(id name), references(site = "site"))]
#[model = "vlan"]
struct WrongLists {
    #[id = "vlan_id"]
    id: u16,
    #[attr("status__name")]
    status: String,
    #[attr(path = )]
    role: String,
}

fn main() {}
