use trueup_derive::Model;

struct NoDefault;

#[derive(Model)]
struct Contradictions {
    #[id]
    #[model(skip)]
    vid: u16,
    #[id(skip)]
    name: String,
    #[attr(skip, path = "cache", default = 5)]
    cache: u8,
}

#[derive(Model)]
struct CannotBeFilled {
    #[id]
    name: String,
    #[attr(skip)]
    connection: NoDefault,
}

fn main() {}
