use trueup_derive::Model;

#[derive(Model)]
#[model(allow(create, remove), flags(IGNORE, SKIP_EVERYTHING))]
struct Vlan {
    #[id(owner = "target")]
    vid: u16,
    #[attr(owner = "nobody")]
    name: String,
    #[attr(owner = "merged")]
    tag: String,
}

#[derive(Model)]
#[model(allow(match_only, create), flags())]
struct Site {
    #[id]
    name: String,
    #[attr(skip, owner = "target")]
    seen: u32,
}

#[derive(Model)]
#[model(allow(update, update))]
struct Rack {
    #[id]
    name: String,
}

fn main() {}
