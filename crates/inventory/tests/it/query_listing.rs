//! What clients are told of filters is what lists take.

use trueup_inventory::testing::TestDatabase;
use trueup_inventory::{FilterValues, ListError, ListRequest, filter_parameters};

#[tokio::test]
async fn every_filter_that_is_told_is_known() {
    let database = TestDatabase::new().await;
    let inventory = database.open().await;
    let registry = inventory.registry().clone();
    let mut unknown = Vec::new();
    for content_type in registry.content_types() {
        let mut request = ListRequest::all(content_type.index());
        for parameter in filter_parameters(&registry, content_type) {
            let value = match parameter.values {
                FilterValues::Texts | FilterValues::Text => "null",
                FilterValues::Numbers => "1",
                FilterValues::Boolean => "true",
            };
            request.filters.insert(parameter.name, vec![value.to_owned()]);
        }
        assert!(request.filters.contains_key("id"), "{}", content_type.name());
        let mut reader = inventory.reader().await.unwrap();
        match reader.list(&request).await {
            Ok(_) => {}
            Err(ListError::Filters(errors)) => {
                // That nothing is called `null` is no matter here.
                let errors =
                    errors.0.iter().filter(|(_, messages)| messages.contains(&"Unknown filter field".to_owned()));
                unknown.extend(errors.map(|(name, _)| format!("{} {name}", content_type.name())));
            }
            Err(error) => panic!("{}: {error}", content_type.name()),
        }
    }
    assert_eq!(unknown, Vec::<String>::new());
}

#[tokio::test]
async fn every_filter_of_nautobot_is_told_that_an_everyday_client_uses() {
    let database = TestDatabase::new().await;
    let inventory = database.open().await;
    let registry = inventory.registry().clone();
    for (name, expected) in [
        (
            "dcim.device",
            "q id__n name__ic location location__n role status tenant tenant_id serial__ie has_primary_ip \
          has_interfaces interfaces mac_address \
          tags created__gte rack__isnull cluster vc_position__lt face",
        ),
        (
            "dcim.interface",
            "device device_id name type__n enabled mtu__gte mac_address__isnull has_cable connected kind \
          lag vlan_id",
        ),
        ("dcim.location", "subtree parent has_parent children location_type max_depth latitude__gt"),
        ("ipam.prefix", "prefix within within_include contains namespace parent vlan_vid type prefix_length__gte"),
        ("ipam.ipaddress", "address parent prefix device device_id interfaces namespace has_interface_assignments"),
        ("dcim.cable", "termination_a_type termination_a_id termination_b_id device status"),
        ("extras.status", "content_types name"),
    ] {
        let parameters = filter_parameters(&registry, registry.content_type(name).unwrap());
        let missing = expected.split_whitespace().filter(|one| !parameters.iter().any(|known| known.name == **one));
        assert_eq!(missing.collect::<Vec<_>>(), Vec::<&str>::new(), "{name}");
    }
}

#[tokio::test]
async fn what_is_hidden_cannot_be_guessed_by_a_filter() {
    let database = TestDatabase::new().await;
    let inventory = database.open().await;
    let registry = inventory.registry().clone();
    for (name, filter) in
        [("users.user", "password__isw"), ("users.token", "key_hash"), ("users.token", "key_hash__isnull")]
    {
        let mut request = ListRequest::all(registry.content_type(name).unwrap().index());
        request.filters.insert(filter.to_owned(), vec!["a".to_owned()]);
        let outcome = inventory.reader().await.unwrap().list(&request).await;
        let Err(ListError::Filters(errors)) = outcome else { panic!("{name} {filter}: {outcome:?}") };
        assert_eq!(errors.0[filter], ["Unknown filter field"]);
    }
}
