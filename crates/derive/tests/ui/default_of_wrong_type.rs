use trueup_derive::Model;

#[derive(Model)]
struct Interface {
    #[id]
    name: String,
    #[attr(default = "1500")]
    mtu: u32,
    #[attr(default = 5)]
    tags: Vec<String>,
}

fn main() {}
