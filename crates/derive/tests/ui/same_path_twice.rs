use trueup_derive::Model;

#[derive(Model)]
#[model(children(interface = "interfaces", port = "name", interface = "ports"))]
struct Device {
    #[id]
    name: String,
    #[attr(path = "name")]
    label: String,
    #[attr(path = "status__name")]
    status: String,
    #[attr(path = "status__name")]
    old_status: String,
    interfaces: u32,
}

fn main() {}
