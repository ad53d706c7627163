use trueup_derive::Model;

#[derive(Model)]
enum Status {
    Active,
    Planned,
}

#[derive(Model)]
struct Pair(String, u16);

#[derive(Model)]
struct Unit;

#[derive(Model)]
union Bits {
    int: u32,
    float: f32,
}

fn main() {}
