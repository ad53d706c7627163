//! What is never shown cannot be found out by asking for it.

use trueup_inventory::{ListError, ListRequest};

use crate::support::{Fixture, create};

#[tokio::test]
async fn hidden_fields_are_no_filters_and_no_order() {
    let mut fixture = Fixture::new().await;
    let user =
        |name: &str, password: &str| create("users.user", &[("username", name.into()), ("password", password.into())]);
    fixture.ok(&[user("ann", "zzz"), user("bob", "aaa")]).await;
    let registry = fixture.inventory.registry().clone();
    let mut reader = fixture.inventory.reader().await.unwrap();
    for (content_type, filter) in [
        ("users.user", "password"),
        ("users.user", "password__isw"),
        ("users.user", "password__re"),
        ("users.user", "password__isnull"),
        ("users.token", "key_hash"),
        ("users.token", "key_hash__isw"),
        ("users.token", "user"),
    ] {
        let mut request = ListRequest::all(registry.content_type(content_type).unwrap().index());
        request.filters.insert(filter.to_owned(), vec!["a".to_owned()]);
        match reader.list(&request).await {
            Err(ListError::Filters(errors)) => assert_eq!(errors.0[filter], ["Unknown filter field"], "{filter}"),
            other => panic!("{content_type} {filter}: {other:?}"),
        }
    }
    let mut request = ListRequest::all(registry.content_type("users.user").unwrap().index());
    let usual = reader.list(&request).await.unwrap().ids;
    request.sort = vec!["password".to_owned()];
    assert_eq!(reader.list(&request).await.unwrap().ids, usual);
}
