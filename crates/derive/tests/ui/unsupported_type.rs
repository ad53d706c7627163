use trueup_derive::Model;

#[derive(Model)]
struct Counter {
    #[id]
    name: String,
    packets: u64,
}

fn main() {}
