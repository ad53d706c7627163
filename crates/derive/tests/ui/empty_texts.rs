use trueup_derive::Model;

#[derive(Model)]
#[model(
    kind = "",
    content_type = " ",
    children(interface = "", "" = "ports"),
    references(""(name))
)]
struct Device {
    #[id(path = "")]
    name: String,
    #[attr(references = "")]
    site: String,
}

fn main() {}
