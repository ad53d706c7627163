//! Numbers by which clients know content types: given once, never to another type.

use trueup_inventory::{Inventory, Registry};

use crate::support::*;

fn own(names: &[&str]) -> Registry {
    let models: Vec<(String, String)> = names
        .iter()
        .map(|name| {
            let model = format!(
                "content_type: {name}\nverbose_name: thing\nverbose_name_plural: {}s\nnatural_key: [name]\n\
                 ordering: [name]\ndisplay: \"{{name}}\"\nendpoint: plugins/{}\nfields:\n  name: {{type: text, required: true}}\n",
                name.replace('.', " "),
                name.replace('.', "/"),
            );
            ((*name).to_owned(), model)
        })
        .collect();
    let models: Vec<(&str, &str)> = models.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Registry::with_models(&models).unwrap_or_else(|problems| panic!("{problems}"))
}

fn numbers(inventory: &Inventory) -> Vec<(String, i64)> {
    let types = inventory.registry().content_types();
    types.map(|one| (one.name().to_owned(), inventory.type_numbers().of(one.index()))).collect()
}

#[tokio::test]
async fn numbers_neither_move_nor_come_back() {
    let mut fixture = Fixture::new().await;
    let first = numbers(&fixture.inventory);
    let last = first.len() as i64;
    let mut distinct: Vec<i64> = first.iter().map(|(_, number)| *number).collect();
    distinct.sort_unstable();
    assert_eq!(distinct, (1..=last).collect::<Vec<_>>());

    // Own types come, go, and come back; a type that comes in between gets a number of its own.
    type Numbers<'a> = &'a [(&'a str, i64)];
    let table: [(&[&str], Numbers<'_>); 5] = [
        (&["acme.b"], &[("acme.b", last + 1)]),
        (&[], &[]),
        (&["acme.a"], &[("acme.a", last + 2)]),
        (&["acme.a", "acme.b", "zoo.z"], &[("acme.a", last + 2), ("acme.b", last + 1), ("zoo.z", last + 3)]),
        (&["zoo.z"], &[("zoo.z", last + 3)]),
    ];
    for (names, expected) in table {
        fixture.reopen_with(own(names)).await;
        let (own, known): (Vec<_>, Vec<_>) =
            numbers(&fixture.inventory).into_iter().partition(|(name, _)| names.contains(&name.as_str()));
        assert_eq!(known, first, "{names:?}");
        let own: Vec<(&str, i64)> = own.iter().map(|(name, number)| (name.as_str(), *number)).collect();
        assert_eq!(own, expected, "{names:?}");
        for (name, number) in expected {
            let found = fixture.inventory.type_numbers().find(*number).unwrap();
            assert_eq!(fixture.inventory.registry().get(found).name(), *name);
        }
        assert_eq!(fixture.inventory.type_numbers().find(last + 9), None);
    }
    assert_eq!(fixture.inventory.type_numbers().find(last + 1), None, "the type of that number is not there now");
}
