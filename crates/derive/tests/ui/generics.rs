use trueup_derive::Model;

#[derive(Model)]
struct Device<T> {
    #[id]
    name: T,
}

#[derive(Model)]
struct Borrowed<'a> {
    #[id]
    name: &'a str,
}

#[derive(Model)]
struct Sized<const N: usize>
where
    [u8; N]: Default,
{
    #[id]
    name: String,
}

fn main() {}
