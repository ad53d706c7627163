use trueup_derive::Model;

#[derive(Model)]
struct Interface {
    #[id]
    name: String,
    #[attr(default = 300)]
    lanes: Option<u8>,
}

fn main() {}
