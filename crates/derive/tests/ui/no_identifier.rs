use trueup_derive::Model;

#[derive(Model)]
struct Site {
    name: String,
    #[attr(path = "region__name")]
    region: Option<String>,
}

#[derive(Model)]
struct Nothing {}

fn main() {}
