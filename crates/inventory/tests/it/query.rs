//! Filters of lists: what each finds, and what is said of those that mean nothing.

use crate::query_world::{NOBODY, TOKEN, World};

/// Runs a table of query strings and what they find, and tells all rows that differ.
async fn check(world: &World, content_type: &str, table: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (query, expected) in table {
        let found = world.found(content_type, query).await;
        if found != *expected {
            wrong.push(format!("{query}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn texts() {
    let world = World::new().await;
    let table = [
        ("", "alpha Beta delta gamma"),
        ("name=alpha", "alpha"),
        ("name=ALPHA", ""),
        ("name=alpha&name=gamma", "alpha gamma"),
        ("name__n=alpha", "Beta delta gamma"),
        ("name__n=alpha&name__n=delta", "Beta gamma"),
        ("name__ic=ET", "Beta"),
        ("name__ic=ET&name__ic=lph", "alpha Beta"),
        ("name__nic=et&name__nic=lph", "delta gamma"),
        ("name__isw=b", "Beta"),
        ("name__nisw=b", "alpha delta gamma"),
        ("name__iew=MA", "gamma"),
        ("name__niew=ma", "alpha Beta delta"),
        ("name__ie=BETA", "Beta"),
        ("name__ie=bet", ""),
        ("name__nie=beta", "alpha delta gamma"),
        ("name__re=^[a-b]", "alpha"),
        ("name__re=eta", "Beta"),
        ("name__ire=^b", "Beta"),
        ("name__nre=a$", ""),
        ("name__nire=^B", "alpha delta gamma"),
        // Null is kept by what excludes, and found by nothing else.
        ("note=", "gamma"),
        ("note__n=50%25", "alpha Beta delta gamma"),
        ("note__nic=50", "alpha delta gamma"),
        ("note__isnull=true", "alpha delta"),
        ("note__isnull=False", "Beta gamma"),
        ("note__isnull=perhaps", "alpha Beta delta gamma"),
        // What is special to LIKE is a letter like others.
        ("note__ic=%", "Beta"),
        ("note__ic=_", "Beta"),
        ("note__ic=\\", "Beta"),
        ("note__iew=f_\\", "Beta"),
        ("name__ic=%", ""),
        ("name__ic=a_p", ""),
        // Different names must all hold.
        ("name__ic=a&number__gt=1", "Beta gamma"),
    ];
    check(&world, "test.thing", &table).await;
}

#[tokio::test]
async fn plain_values() {
    let world = World::new().await;
    let token = format!("token={TOKEN}");
    let upper = format!("token={}", TOKEN.to_uppercase());
    let not_token = format!("token__n={TOKEN}");
    let table = [
        ("kind=big", "alpha"),
        ("kind=big&kind=small", "alpha Beta"),
        ("kind__n=big", "Beta delta gamma"),
        ("kind__ic=B", "alpha"),
        ("number=1&number=10", "alpha gamma"),
        ("number__n=1", "Beta delta gamma"),
        ("number__gt=1", "Beta gamma"),
        ("number__gte=2", "Beta gamma"),
        ("number__lt=2", "alpha"),
        ("number__lte=2", "alpha Beta"),
        ("number__isnull=1", "delta"),
        ("number=99999999999999999999999", ""),
        ("number__lt=99999999999999999999999", "alpha Beta gamma"),
        ("price=1.5", "alpha"),
        ("price=1.500", "alpha"),
        ("price__gt=9", "Beta"),
        ("price__lte=1.5", "alpha"),
        ("weight=0.5", "alpha"),
        ("weight__gte=0.5", "alpha Beta"),
        ("active=true", "alpha delta gamma"),
        ("active=False", "Beta"),
        ("active=0", "Beta"),
        ("active=maybe", "alpha Beta delta gamma"),
        ("active=", "alpha Beta delta gamma"),
        ("seen=2026-01-01", "alpha"),
        ("seen__gte=2026-06-01 12:30:00", "Beta"),
        ("seen__gt=2026-06-01T12:30:00Z", ""),
        ("seen__lt=2026-06-01T14:30:01%2B02:00&active=false", r#"{"seen__lt":["Enter a valid date/time."]}"#),
        ("seen__lt=2026-06-01T14:30:01+02:00", "alpha Beta"),
        ("seen__isnull=true", "delta gamma"),
        ("day=2026-01-01", "alpha"),
        ("day__gt=2026-01-01", "Beta"),
        (token.as_str(), "alpha"),
        (upper.as_str(), "alpha"),
        (not_token.as_str(), "Beta delta gamma"),
        ("host=10.0.0.1", "alpha"),
        ("host=2001:DB8:0::1", "Beta"),
        ("host__n=10.0.0.1", "Beta delta gamma"),
        ("mac=00:1B:44:11:3A:B7", "alpha"),
        ("mac=001b.4411.3ab7", "alpha"),
        ("mac__isw=aa:bb", "Beta"),
        ("mac__ic=b:c", "Beta"),
        ("mac__ic=:", "alpha Beta"),
        ("mac__re=^00:", "alpha"),
        ("mac__n=aa:bb:cc:dd:ee:ff", "alpha delta gamma"),
        ("data=true", "alpha"),
        ("data=false", "Beta delta gamma"),
        ("data__isnull=true", "Beta delta gamma"),
        ("about=dcim.device", "alpha"),
        ("about__n=dcim.device", "Beta delta gamma"),
        ("created__lt=2020-01-01", ""),
        ("last_updated__gte=2020-01-01&created__isnull=false", "alpha Beta delta gamma"),
    ];
    check(&world, "test.thing", &table).await;
}

#[tokio::test]
async fn other_records() {
    let world = World::new().await;
    let places = world.inventory.reader().await.unwrap().list(&world.request("test.place", "name=EU")).await.unwrap();
    let europe = places.ids[0];
    let table: Vec<(String, &str)> = [
        ("place=AMS", "alpha"),
        ("place=EU", "alpha Beta"),
        ("place=EUID", "alpha Beta"),
        ("place_id=EUID", "alpha Beta"),
        ("place=EU&place=US", "alpha Beta gamma"),
        ("place__n=EU", "delta gamma"),
        ("place__n=EU&place__n=US", "delta"),
        ("place=null", "delta"),
        ("place=null&place=US", "delta gamma"),
        ("place__n=null", "alpha Beta gamma"),
        ("place__isnull=true", "delta"),
        ("has_place=false", "delta"),
        ("has_place=True", "alpha Beta gamma"),
        ("has_place=what", "alpha Beta delta gamma"),
        ("place=", "alpha Beta delta gamma"),
        // Not every reference to a tree takes what is below.
        ("flat=EU", "alpha"),
        ("flat__n=EU", "Beta delta gamma"),
        // All tags must be there, and all content types; of others one is enough.
        ("tags=red", "alpha Beta"),
        ("tags=red&tags=blue", "alpha"),
        ("tags__n=blue", "Beta delta gamma"),
        ("tags__n=red&tags__n=blue", "delta gamma"),
        ("tags__isnull=true", "delta gamma"),
        ("has_tags=true", "alpha Beta"),
        ("content_types=dcim.device", "alpha Beta"),
        ("content_types=dcim.device&content_types=dcim.interface", "alpha"),
        ("content_types__n=dcim.interface", "Beta delta gamma"),
        ("friends=Beta&friends=gamma", "alpha"),
        ("friend_of=alpha", "Beta gamma"),
        ("friend_of__n=alpha", "alpha delta"),
        ("has_friend_of=true", "Beta gamma"),
    ]
    .map(|(query, expected)| (query.replace("EUID", &europe.to_string()), expected))
    .into();
    let table: Vec<(&str, &str)> = table.iter().map(|(query, expected)| (query.as_str(), *expected)).collect();
    check(&world, "test.thing", &table).await;
    let table = [
        ("things=alpha", "AMS"),
        ("things=alpha&things=gamma", "AMS US"),
        ("has_things=false", "DE EU NL"),
        ("things__n=alpha", "DE EU FRA NL US"),
        ("parent=EU", "DE NL"),
        ("parent=null", "EU US"),
        ("children=AMS&children=FRA", "DE NL"),
        ("has_children=false", "AMS FRA US"),
    ];
    check(&world, "test.place", &table).await;
}

#[tokio::test]
async fn custom_fields() {
    let world = World::new().await;
    let table = [
        ("cf_color=red", "alpha"),
        ("cf_color__n=red", "Beta delta gamma"),
        ("cf_color__ie=BLUE", "Beta"),
        ("cf_color__re=^Dark", "alpha"),
        ("cf_code=x", "alpha"),
        ("cf_code=x&cf_code=X", "alpha Beta"),
        ("cf_rank=3", "alpha"),
        ("cf_rank__gt=3", "Beta"),
        ("cf_rank__n=3", "Beta delta gamma"),
        ("cf_rank__isnull=true", "delta gamma"),
        ("cf_ok=true", "alpha"),
        ("cf_ok=false", "Beta"),
        ("cf_sizes=m", "alpha Beta"),
        ("cf_sizes=s", "alpha"),
        ("cf_sizes=S", ""),
        ("cf_sizes__n=s", "Beta delta gamma"),
        ("cf_due=2026-02-01", "alpha"),
        ("cf_due__lt=2026-02-02", "alpha"),
        ("cf_hidden=y", r#"{"cf_hidden":["Unknown filter field"]}"#),
        ("cf_nothing=y", r#"{"cf_nothing":["Unknown filter field"]}"#),
        ("cf_rank=x", r#"{"cf_rank":["Enter a number."]}"#),
    ];
    check(&world, "test.thing", &table).await;
}

#[tokio::test]
async fn search() {
    let world = World::new().await;
    let ids = world.inventory.reader().await.unwrap().list(&world.request("test.thing", "name=alpha")).await.unwrap();
    let by_id = format!("q={}", ids.ids[0].to_string().to_uppercase());
    let table = [
        ("q=ALP", "alpha"),
        ("q=10", "gamma"),
        ("q=nl", "alpha"),
        ("q=3a:b7", "alpha"),
        ("q=", "alpha Beta delta gamma"),
        ("q=nothing of this", ""),
        ("q=ta&active=true", "delta"),
        (by_id.as_str(), "alpha"),
        ("q__n=a", r#"{"q__n":["Unknown filter field"]}"#),
    ];
    check(&world, "test.thing", &table).await;
}

#[tokio::test]
async fn what_means_nothing_is_told() {
    let world = World::new().await;
    let long = format!("name__re={}", "a".repeat(501));
    let nobody = format!("place={NOBODY}");
    let told = format!(r#"{{"place":["Select a valid choice. {NOBODY} is not one of the available choices."]}}"#);
    let table = [
        ("name=a\0b", r#"{"name":["Null characters are not allowed."]}"#),
        ("cf_a\0b=x", r#"{"cf_a\u0000b":["Unknown filter field"]}"#),
        ("bogus=1", r#"{"bogus":["Unknown filter field"]}"#),
        (
            "bogus=1&name=x&place__name=EU&kind__gt=1",
            r#"{"bogus":["Unknown filter field"],"place__name":["Unknown filter field"],"kind__gt":["Unknown filter field"]}"#,
        ),
        ("secret=x", r#"{"secret":["Unknown filter field"]}"#),
        ("ordering=name", r#"{"ordering":["Unknown filter field"]}"#),
        ("active__n=true", r#"{"active__n":["Unknown filter field"]}"#),
        ("=x", r#"{"":["Unknown filter field"]}"#),
        ("__n=x", r#"{"__n":["Unknown filter field"]}"#),
        ("name__bogus=x", r#"{"name__bogus":["Unknown filter field"]}"#),
        ("number__ic=1", r#"{"number__ic":["Unknown filter field"]}"#),
        ("name__gt=1", r#"{"name__gt":["Unknown filter field"]}"#),
        ("place__ic=1", r#"{"place__ic":["Unknown filter field"]}"#),
        ("id=abc", r#"{"id":["Enter a valid UUID."]}"#),
        ("token=abc", r#"{"token":["Enter a valid UUID."]}"#),
        ("created__gte=yesterday", r#"{"created__gte":["Enter a valid date/time."]}"#),
        ("day=2026-13-01", r#"{"day":["Enter a valid date."]}"#),
        ("number=one&number=two", r#"{"number":["Enter a whole number.","Enter a whole number."]}"#),
        ("price=dear", r#"{"price":["Enter a number."]}"#),
        ("weight=NaN", r#"{"weight":["Enter a number."]}"#),
        ("host=10.0.0", r#"{"host":["Enter a valid IPv4 or IPv6 address."]}"#),
        ("mac=zz", r#"{"mac":["Enter a valid MAC address."]}"#),
        ("kind=huge", r#"{"kind":["Select a valid choice. huge is not one of the available choices."]}"#),
        ("kind__n=huge", r#"{"kind__n":["Select a valid choice. huge is not one of the available choices."]}"#),
        ("about=a.b", r#"{"about":["Select a valid choice. a.b is not one of the available choices."]}"#),
        (
            "content_types=a.b",
            r#"{"content_types":["Select a valid choice. a.b is not one of the available choices."]}"#,
        ),
        (
            "place=Mars&place=AMS&place=Venus",
            r#"{"place":["Select a valid choice. Mars is not one of the available choices.","Select a valid choice. Venus is not one of the available choices."]}"#,
        ),
        ("tags=green", r#"{"tags":["Select a valid choice. green is not one of the available choices."]}"#),
        ("place_id=AMS", r#"{"place_id":["“AMS” is not a valid value."]}"#),
        (nobody.as_str(), told.as_str()),
        ("contacts=me", r#"{"contacts":["Select a valid choice. me is not one of the available choices."]}"#),
        ("name__re=(", r#"{"name__re":["Enter a valid regular expression: unclosed group"]}"#),
        (
            "name__re=(a{1000}){1000}",
            r#"{"name__re":["Enter a valid regular expression: Compiled regex exceeds size limit of 1048576 bytes."]}"#,
        ),
        (long.as_str(), r#"{"name__re":["Enter a valid regular expression: it is longer than 500 characters"]}"#),
    ];
    check(&world, "test.thing", &table).await;
}

/// Every filter, with texts that break statements, patterns and paths.
#[tokio::test]
async fn no_text_breaks_a_filter() {
    let world = World::new().await;
    let texts = ["'; DROP TABLE test_thing; --\" OR 1=1", "? $1", "%\\", "\0", "é😀", "../../etc/passwd", "null"];
    let registry = world.inventory.registry().clone();
    let suffixes = ["", "__n", "__ic", "__nie", "__isw", "__iew", "__re", "__gt", "__isnull"];
    for content_type in registry.content_types() {
        let names = content_type.fields().iter().map(|field| field.name().to_owned());
        let names = names.chain(["id", "q", "cf_color", "cf_x'y", "has_tags", "tags_id"].map(str::to_owned));
        for name in names {
            let mut reader = world.inventory.reader().await.unwrap();
            for suffix in suffixes {
                for text in texts {
                    let mut request = world.request(content_type.name(), "limit=1");
                    request.filters.insert(format!("{name}{suffix}"), vec![text.to_owned()]);
                    request.sort.push(text.to_owned());
                    if let Err(trueup_inventory::ListError::Inventory(error)) = reader.list(&request).await {
                        panic!("{} {name}{suffix}={text}: {error:?}", content_type.name());
                    }
                }
            }
        }
    }
    assert_eq!(world.things("").await, "alpha Beta delta gamma");
}

#[tokio::test]
async fn many_values_are_one_filter() {
    let world = World::new().await;
    let many =
        |name: &str, count: usize| (0..count).map(|number| format!("{name}=x{number}")).collect::<Vec<_>>().join("&");
    assert_eq!(world.things(&format!("{}&name=alpha", many("name", 4_000))).await, "alpha");
    assert_eq!(world.things(&format!("{}&name__ic=alph", many("name__ic", 4_000))).await, "alpha");
    assert!(world.things(&many("place", 1_500)).await.contains("x1499 is not one of"));
    assert_eq!(world.things(&many("name", 5_001)).await, r#"{"name":["At most 5000 values can be given in all."]}"#);
}
