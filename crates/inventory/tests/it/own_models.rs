//! Content types of a user, from a folder of files.

use std::fs;
use std::path::Path;

use trueup_inventory::Registry;
use trueup_inventory::model::FieldKind;

use crate::support::*;

const ORDER: &str = "
content_type: acme.order
verbose_name: circuit order
verbose_name_plural: circuit orders
natural_key: [number]
ordering: [number]
display: \"{number}\"
custom_fields: true
fields:
  number: {type: text, required: true, unique: true}
  maker: {to: dcim.manufacturer, on_delete: protect}
  interface_type: {type: text, choices: interface-type}
  lines: {made_by: empty_list}
";

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
}

#[tokio::test]
async fn a_file_is_a_content_type() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("acme.order.yml", ORDER), ("README.md", "not a content type")]);
    let registry = Registry::with_folder(folder.path()).unwrap();
    let order = registry.content_type("acme.order").unwrap();
    assert_eq!(order.endpoint(), Some("plugins/acme/circuit-orders"));
    let FieldKind::Reference(maker) = order.field("maker").unwrap().kind() else { panic!("maker is a reference") };
    assert_eq!(maker.related_name(), Some("circuit_orders"));

    let mut fixture = Fixture::new().await.with_basics().await;
    fixture.reopen_with(registry).await;
    fixture.ok(&[create("acme.order", &[("number", "1".into()), ("maker__name", "Acme".into())])]).await;
    assert_eq!(fixture.read("acme.order", &["number", "maker__name"]).await, ["1 | Acme"]);
    let message = fixture.fails(delete("dcim.manufacturer", &[("name", "Acme".into())])).await;
    assert!(message.contains("circuit order 1"), "{message}");
}

#[test]
fn no_folder_is_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::with_folder(&folder.path().join("models")).unwrap();
    assert_eq!(registry.content_types().count(), Registry::embedded().unwrap().content_types().count());
}

#[test]
fn all_problems_of_all_files_are_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let changed = |changes: &[(&str, &str)]| {
        changes.iter().fold(ORDER.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        })
    };
    let files = [
        ("a-twin.yaml", changed(&[])),
        ("b-ours.yaml", changed(&[("acme.order", "dcim.order")])),
        ("c-known.yaml", changed(&[("acme.order", "dcim.device")])),
        ("d-elsewhere.yaml", changed(&[("acme.order\n", "acme.line\nendpoint: dcim/devices\n")])),
        ("e-spelled.yaml", changed(&[("acme.order\n", "acme.part\nendpoint: plugins/acme/Part s\n")])),
        ("f-unknown.yaml", changed(&[("acme.order", "acme.note"), ("dcim.manufacturer", "acme.makers")])),
        ("g-slug.yaml", changed(&[("acme.order", "acme.tag"), ("unique: true}", "unique: true, slug_of: lines}")])),
        ("h-broken.yaml", "content_type: [".to_owned()),
        (
            "j-view.yaml",
            changed(&[
                ("acme.order", "acme.seen"),
                ("circuit orders\n", "seen\nview: true\nread_only: true\nlogged: false\n"),
            ]),
        ),
        ("z-twin.yaml", changed(&[])),
    ];
    for (name, text) in &files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    fs::write(folder.path().join("i-binary.yaml"), [0xff, 0xfe]).unwrap();
    let error = Registry::with_folder(folder.path()).unwrap_err();
    insta::assert_snapshot!(error.to_string());
}

#[test]
fn what_stands_between_two_types_names_both() {
    let folder = tempfile::tempdir().unwrap();
    let between = "
content_type: acme.use
verbose_name: use
verbose_name_plural: uses
natural_key: [order, device]
ordering: [order__number]
display: \"{since}\"
fields:
  order: {to: acme.order, on_delete: cascade, required: true}
  device: {to: dcim.device, on_delete: cascade, required: true}
  since: {type: date, required: true}
";
    let through = |near: &str, rest: &str| {
        let field = format!(
            "devices: {{many: dcim.device, through: {{content_type: acme.use, near: {near}, far: device{rest}}}}}"
        );
        ORDER.replace("lines: {made_by: empty_list}", &field)
    };
    let mut answers = Vec::new();
    for (near, rest) in [("order", ""), ("device", ""), ("order", ", writable: true")] {
        write(folder.path(), &[("acme.use.yaml", between), ("acme.order.yaml", &through(near, rest))]);
        answers
            .push(Registry::with_folder(folder.path()).map_or_else(|error| error.to_string(), |_| "good".to_owned()));
    }
    insta::assert_snapshot!(answers.join("\n---\n"));
}
