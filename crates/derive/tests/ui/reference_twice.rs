use trueup_derive::Model;

#[derive(Model)]
#[model(references(location(site, parent), location(site, parent), tenant(tenant)))]
struct Device {
    #[id]
    name: String,
    site: String,
    parent: String,
    #[attr(references = "tenant")]
    tenant: String,
}

fn main() {}
