//! What a delete takes along, what stops it, and what it leaves behind.

use trueup_engine::Value;
use trueup_inventory::{Args, DeleteForecast, Losses, Lost, RecordId, Registry, Stored};

use crate::support::*;

#[tokio::test]
async fn protected_cascade_and_set_null() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture
        .ok(&[
            create("dcim.platform", &[("name", "OS".into())]),
            prefix("10.0.0.0/24"),
            address("10.0.0.1/24"),
            device("sw1", "AMS"),
            interface("sw1", "eth0"),
            interface("sw1", "eth1"),
            create(
                "dcim.interfacetemplate",
                &[("device_type__model", "X1".into()), ("name", "t".into()), ("type", "lag".into())],
            ),
            create(
                "ipam.ipaddresstointerface",
                &[
                    ("ip_address__host", "10.0.0.1".into()),
                    ("interface__device__name", "sw1".into()),
                    ("interface__name", "eth0".into()),
                ],
            ),
            update(
                "dcim.device",
                &[("name", "sw1".into())],
                &[("platform__name", "OS".into()), ("primary_ip4__host", "10.0.0.1".into())],
            ),
        ])
        .await;
    let message = fixture.fails(delete("dcim.location", &[("name", "North".into())])).await;
    assert_eq!(
        message,
        "dcim.location name=North: it is still used by 1 record: device sw1; change or delete these first"
    );
    let message = fixture.fails(delete("extras.status", &[("name", "Active".into())])).await;
    assert!(message.contains("still used by"), "{message}");

    let deleted = fixture.ok(&[delete("dcim.platform", &[("name", "OS".into())])]).await;
    assert_eq!(deleted[0].losses, [], "nobody asked for them");
    assert_eq!(fixture.read("dcim.device", &["name", "platform__name"]).await, ["sw1 | -"]);

    let before = fixture.log().await.len();
    fixture.ok(&[delete("dcim.device", &[("name", "sw1".into())])]).await;
    assert_eq!(fixture.read("dcim.interface", &["name"]).await.len(), 0);
    assert_eq!(fixture.read("ipam.ipaddresstointerface", &["id"]).await.len(), 0);
    assert_eq!(fixture.read("ipam.ipaddress", &["host"]).await, ["10.0.0.1"]);
    let mut log = fixture.log().await.split_off(before);
    log.sort();
    assert_eq!(log.len(), 3, "{log:#?}");
    assert!(log[0].starts_with("delete | dcim.device | sw1"), "{log:#?}");

    fixture.ok(&[delete("dcim.location", &[("name", "North".into())])]).await;
    assert_eq!(fixture.read("dcim.location", &["name"]).await.len(), 0);
}

#[tokio::test]
async fn several_at_once() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture.ok(&[device("sw1", "AMS"), location("Empty", "Site", Some("North"))]).await;
    let name = |name: &str| delete("dcim.location", &[("name", name.into())]);
    let outcomes = fixture.write(&[name("Empty"), name("AMS"), name("North"), name("Empty")]).await;
    let good: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(good, [true, false, false, true], "{outcomes:#?}");
    assert_eq!(fixture.read("dcim.location", &["name"]).await, ["AMS", "North"]);
}

#[tokio::test]
async fn records_of_the_program_let_go_of_what_is_deleted() {
    let mut fixture = Fixture::new().await;
    let user = fixture.ok(&[create("users.user", &[("username", "ann".into())])]).await.remove(0);
    let tenant = fixture.ok(&[create("tenancy.tenant", &[("name", "t".into())])]).await.remove(0);
    let update = "UPDATE extras_objectchange SET user_id = ? WHERE changed_object_id = ?";
    fixture.sql(update, Args::default().with(user.id).with(tenant.id)).await;
    let log = &["object_repr", "action", "user__username"];
    let logged = fixture.read("extras.objectchange", log).await;
    assert!(logged.contains(&"t | create | ann".to_owned()), "{logged:?}");
    fixture.context.losses = Losses::Told;
    let deleted = fixture.ok(&[delete("users.user", &[("username", "ann".into())])]).await.remove(0);
    let losses: Vec<&str> = deleted.losses.iter().map(|loss| &*loss.content_type).collect();
    assert_eq!(losses, ["users.user"], "nobody could write the change log again");
    let logged = fixture.read("extras.objectchange", log).await;
    assert!(logged.contains(&"t | create | -".to_owned()), "{logged:?}");
}

#[tokio::test]
async fn what_a_record_lost_is_told_also_when_its_own_delete_was_refused() {
    let mut fixture = Fixture::new().await.with_basics().await;
    fixture.context.losses = Losses::Told;
    let types = Value::List(vec!["dcim.location".into()]);
    fixture.ok(&[create("extras.tag", &[("name", "old".into()), ("content_types", types)])]).await;
    let tagged = [("tags", Value::List(vec!["old".into()]))];
    fixture.ok(&[update("dcim.location", &[("name", "AMS".into())], &tagged), device("sw1", "AMS")]).await;
    let name = |content_type, name: &str| delete(content_type, &[("name", name.into())]);
    // The device keeps its place from going.
    let answers = fixture.write(&[name("dcim.location", "AMS"), name("extras.tag", "old")]).await;
    assert!(answers[0].is_err(), "{answers:#?}");
    let losses: Vec<(&str, Lost)> =
        answers[1].as_ref().unwrap().losses.iter().map(|loss| (&*loss.content_type, loss.what)).collect();
    assert_eq!(losses, [("extras.tag", Lost::Record), ("dcim.location", Lost::Members)]);
}

#[tokio::test]
async fn a_chain_is_followed_once_however_much_of_it_is_deleted() {
    let mut fixture = Fixture::new().await;
    fixture.context.losses = Losses::Told;
    let mut costs = Vec::new();
    // What is asked once and then known is asked in the first round.
    for (round, depth) in [16, 16, 64].into_iter().enumerate() {
        let mut above: Option<String> = None;
        let mut chain = Vec::new();
        for level in 0..depth {
            let name = format!("{round} {level}");
            let parent = above.replace(name.clone()).map(|above| ("parent__name", Value::from(above)));
            let values = [("name", Value::from(name.as_str()))].into_iter().chain(parent).collect::<Vec<_>>();
            chain.push(fixture.ok(&[create("tenancy.tenantgroup", &values)]).await.remove(0).id);
        }
        let before = fixture.inventory.queries();
        let mut reader = fixture.inventory.reader().await.unwrap();
        let all: Vec<_> = chain.iter().map(|id| ("tenancy.tenantgroup", *id)).collect();
        assert_eq!(reader.forecast_deletes(&all).await.unwrap(), DeleteForecast::default());
        let asked = fixture.inventory.queries() - before;
        assert_eq!(reader.forecast_deletes(&all[..1]).await.unwrap().along[0].count, depth - 1);
        drop(reader);

        let deletes = chain.iter().map(|id| delete("tenancy.tenantgroup", &[("id", id.to_string().into())]));
        let before = fixture.inventory.queries();
        let stored = fixture.ok(&deletes.collect::<Vec<_>>()).await;
        costs.push((asked, fixture.inventory.queries() - before));
        let own = |(stored, id): (&Stored, &RecordId)| matches!(&stored.losses[..], [loss] if loss.id == *id);
        assert!(stored.iter().zip(&chain).all(own), "each goes with its own delete");
    }
    assert_eq!(costs[1], costs[2]);
}

#[tokio::test]
async fn what_is_refused_is_refused_for_all_that_would_take_it() {
    let mut fixture = Fixture::new().await;
    let group = |name: &str, parent: Option<&str>| {
        let parent = parent.map(|parent| ("parent__name", Value::from(parent)));
        let values = [("name", Value::from(name))].into_iter().chain(parent).collect::<Vec<_>>();
        create("tenancy.tenantgroup", &values)
    };
    fixture.ok(&[group("top", None)]).await;
    fixture.ok(&[group("kept", Some("top")), group("free", Some("top"))]).await;
    fixture.ok(&[group("below kept", Some("kept")), group("below free", Some("free"))]).await;
    let order = "
content_type: acme.order
verbose_name: order
verbose_name_plural: orders
natural_key: [name]
ordering: [name]
display: \"{name}\"
fields:
  name: {type: text, required: true, unique: true}
  group: {to: tenancy.tenantgroup, on_delete: protect, required: true}
";
    fixture.reopen_with(Registry::with_models(&[("acme.order", order)]).unwrap()).await;
    fixture.ok(&[create("acme.order", &[("name", "one".into()), ("group__name", "below kept".into())])]).await;
    let name = |name: &str| delete("tenancy.tenantgroup", &[("name", name.into())]);
    let answers = fixture.write(&[name("top"), name("free"), name("kept"), name("below kept")]).await;
    let good: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(good, [false, true, false, false], "{answers:#?}");
    for refused in [&answers[0], &answers[2], &answers[3]] {
        let message = refused.as_ref().unwrap_err().to_string();
        assert!(message.contains("still used by 1 record: order one"), "{message}");
    }
    assert_eq!(fixture.read("tenancy.tenantgroup", &["name"]).await, ["below kept", "kept", "top"]);
}

#[tokio::test]
async fn the_log_says_the_same_whether_losses_are_told_or_not() {
    let mut fixture = Fixture::new().await.with_basics().await;
    let types = Value::List(vec!["dcim.device".into(), "dcim.interface".into()]);
    fixture.ok(&[create("extras.tag", &[("name", "old".into()), ("content_types", types)])]).await;
    let mut said = Vec::new();
    for losses in [Losses::Untold, Losses::Told] {
        let tagged = [("tags", Value::List(vec!["old".into()]))];
        fixture.ok(&[device("sw1", "AMS"), interface("sw1", "eth0"), interface("sw1", "eth1")]).await;
        fixture.ok(&[update("dcim.device", &[("name", "sw1".into())], &tagged)]).await;
        fixture.context.losses = losses;
        fixture.ok(&[delete("dcim.device", &[("name", "sw1".into())])]).await;
        let mut log = fixture.read("extras.objectchange", &["action", "object_repr", "object_data"]).await;
        log.retain(|row| row.starts_with("delete") && row.contains("sw1"));
        said.push(log.len());
        assert!(log.iter().any(|row| row.contains("tags") && row.contains("old")), "{log:#?}");
    }
    assert_eq!(said, [1, 2]);
}
