//! Kinds of a job against the content types of the inventory.

use trueup_connectors::from_yaml;
use trueup_engine::kind::{Owner, Permissions, Permit};
use trueup_engine::{Field, FieldType, Kind, RecordFlags, Schema, Value, ValueSet};
use trueup_inventory::Registry;
use trueup_jobs::document::{JobDocument, JobKindDocument};
use trueup_jobs::{JobError, schema, schema_of_kinds};

use crate::support::document;

fn resolve(kinds: &str) -> Result<Schema, JobError> {
    schema(&document(kinds), &Registry::embedded().unwrap())
}

fn good(kinds: &str) -> Schema {
    resolve(kinds).unwrap_or_else(|error| panic!("{error}"))
}

fn field<'k>(kind: &'k Kind, name: &str) -> &'k Field {
    kind.field(kind.slot(name).unwrap_or_else(|| panic!("no field {name}")))
}

/// `to(field, field, …)` for each reference, `_` for what it leaves open.
fn references(kind: &Kind) -> Vec<String> {
    let name = |slot: &Option<_>| slot.map_or("_".to_owned(), |slot| kind.field(slot).name().to_owned());
    let shown = |fields: &[Option<_>]| fields.iter().map(name).collect::<Vec<_>>().join(", ");
    kind.references().iter().map(|reference| format!("{}({})", reference.to, shown(&reference.fields))).collect()
}

#[test]
fn types_and_defaults_come_from_the_content_type() {
    let schema = good(
        "
  interface:
    content_type: dcim.interface
    identifiers: [device__name, name]
    attributes: [enabled, mtu, mac_address, description, tags, status__name, role__name, {name: label, case: fold},
                 {name: speed, type: text, default: '10'}]
  prefix:
    content_type: ipam.prefix
    identifiers: [namespace__name, prefix]
    attributes: [type, date_allocated]
",
    );
    let (interface, prefix) = (schema.get("interface").unwrap(), schema.get("prefix").unwrap());
    assert_eq!(interface.content_type(), Some("dcim.interface"));
    let expected = [
        ("enabled", FieldType::Bool, Value::from(true)),
        ("mtu", FieldType::Int, Value::Null),
        ("mac_address", FieldType::Mac, Value::Null),
        ("description", FieldType::Text, Value::from("")),
        ("tags", FieldType::set_of(FieldType::Text), Value::Set(ValueSet::default())),
        ("status__name", FieldType::Text, Value::Null),
        ("role__name", FieldType::Text, Value::Null),
        ("speed", FieldType::Text, Value::from("10")),
    ];
    for (name, field_type, default) in expected {
        let field = field(interface, name);
        assert_eq!((field.field_type(), field.default()), (&field_type, &default), "{name}");
    }
    assert_eq!(field(interface, "label").normalise("LOUD".into()), Ok("loud".into()));
    assert_eq!(field(prefix, "prefix").field_type(), &FieldType::Prefix);
    assert_eq!(field(prefix, "type").default(), &Value::from("network"));
    assert_eq!(field(prefix, "date_allocated").field_type(), &FieldType::DateTime);
}

#[test]
fn null_is_kept_where_it_can_be_stored_refused_where_it_must_not_be_and_else_the_default() {
    let schema = good(
        "
  interface:
    content_type: dcim.interface
    identifiers: [device__name, name]
    attributes: [type, status__name, mtu, role__name, enabled, description, tags]
",
    );
    let null = |name: &str| field(schema.get("interface").unwrap(), name).normalise(Value::Null);
    for kept in ["mtu", "role__name"] {
        assert_eq!(null(kept), Ok(Value::Null), "{kept}");
    }
    for refused in ["type", "status__name"] {
        assert!(null(refused).is_err(), "{refused}");
    }
    assert_eq!(null("enabled"), Ok(true.into()));
    assert_eq!(null("description"), Ok("".into()));
    assert_eq!(null("tags"), Ok(Value::Set(ValueSet::default())));
}

#[test]
fn fields_behind_a_reference_refer_to_the_kind_of_that_content_type() {
    let schema = good(
        "
  location:
    content_type: dcim.location
    identifiers: [name, parent__name]
    attributes: [tenant__name]
  maker:
    content_type: dcim.manufacturer
    identifiers: [name]
  model:
    content_type: dcim.devicetype
    identifiers: [manufacturer__name, model]
  device:
    content_type: dcim.device
    identifiers: [name]
    attributes: [location__name, device_type__model, device_type__manufacturer__name, role__name]
",
    );
    let of = |kind: &str| references(schema.get(kind).unwrap());
    assert_eq!(of("location"), ["location(parent__name, _)"], "no kind is a tenant");
    assert_eq!(of("model"), ["maker(manufacturer__name)"]);
    let device = of("device");
    assert_eq!(device, ["location(location__name, _)", "model(device_type__manufacturer__name, device_type__model)"]);
}

#[test]
fn an_address_lies_in_the_prefix_that_covers_it() {
    let schema = good(
        "
  prefix:
    content_type: ipam.prefix
    identifiers: [namespace__name, prefix]
  ip_address:
    content_type: ipam.ipaddress
    identifiers: [parent__namespace__name, host]
    attributes: [mask_length, status__name]
",
    );
    let address = schema.get("ip_address").unwrap();
    assert!(references(address).is_empty(), "which prefix it is, the inventory computes: {:?}", references(address));
    let [containment] = address.containments() else { panic!("{:?}", address.containments()) };
    assert_eq!((containment.within.as_str(), containment.network), ("prefix", 1));
    assert_eq!(address.field(containment.address).name(), "host");
    let scope: Vec<_> = containment.scope.iter().map(|(slot, to)| (address.field(*slot).name(), *to)).collect();
    assert_eq!(scope, [("parent__namespace__name", 0)]);
}

#[test]
fn children_hang_below_the_record_that_they_refer_to() {
    let schema = good(
        "
  device:
    content_type: dcim.device
    identifiers: [name, location__name]
    children: {interface: device}
    flags: [NATURAL_DELETION_ORDER, IGNORE]
    shortname: [name]
  interface:
    content_type: dcim.interface
    identifiers: [device__name, device__location__name, name]
    attributes: [type]
  location:
    content_type: dcim.location
    identifiers: [name]
    attributes: [parent__name]
    children: {location: parent}
",
    );
    let device = schema.get("device").unwrap();
    let [child] = device.children() else { panic!("{:?}", device.children()) };
    assert_eq!((child.kind.as_str(), child.field.as_str()), ("interface", "interfaces"));
    assert_eq!(child.by, ["device__name", "device__location__name"]);
    assert_eq!(device.flags(), RecordFlags::NATURAL_DELETION_ORDER | RecordFlags::IGNORE);
    assert_eq!(device.shortname().len(), 1);
    let top: Vec<&str> = schema.top_level().iter().map(|id| schema.kind(*id).name().as_str()).collect();
    assert_eq!(top, ["device", "location"], "what hangs below its own kind is still at the top");
}

#[test]
fn everything_wrong_with_the_kinds_is_told_in_one_error() {
    let error = resolve(
        "
  site:
    content_type: dcim.sight
    identifiers: [name]
    flags: [SLOWLY]
  maker:
    content_type: dcim.manufacturer
    identifiers: [nome]
    attributes: [description__name]
    flags: [WRONG]
    children: {ghost: manufacturer}
  model:
    content_type: dcim.devicetype
    identifiers: [manufacturer__name, model]
    attributes: [manufacturer, {name: comments, references: maker}]
    children: {device: platform}
  device:
    content_type: dcim.device
    identifiers: []
    shortname: [serial]
  server:
    content_type: dcim.device
    identifiers: [name, name]
    attributes: [{name: position, default: high}]
",
    )
    .unwrap_err();
    let JobError::Invalid { problems, .. } = &error else { panic!("{error}") };
    let parts = [
        "kinds.site: there is no content type `dcim.sight`",
        "kinds.site.flags: `SLOWLY`",
        "kinds.maker: dcim.manufacturer has no field `nome`",
        "kinds.maker: dcim.manufacturer.description is no reference",
        "kinds.maker.flags: `WRONG`",
        "kinds.maker.children: the job has no kind `ghost`",
        "kinds.model: dcim.devicetype.manufacturer is a reference",
        "kinds.model: `references` of `comments`",
        "kinds.model.children.device: dcim.device has no reference `platform` to dcim.devicetype",
        "kind `device` is not well declared: it has no identifiers",
        "shortname field `serial`",
        "kinds.server: kind `device` is of dcim.device already",
        "field `name` is declared twice",
        "the default of field `position`",
    ];
    for part in parts {
        assert!(problems.iter().any(|problem| problem.contains(part)), "{part} is not in:\n{error}");
    }
}

#[test]
fn kinds_that_do_not_fit_together_are_told_too() {
    let error = resolve(
        "
  device:
    content_type: dcim.device
    identifiers: [name]
    children: {interface: device}
  interface:
    content_type: dcim.interface
    identifiers: [name]
",
    );
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with("the job `made` cannot be run:") && error.contains("`device__name`"), "{error}");
}

#[test]
fn the_jobs_that_ship_are_sound() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for job in ["examples/demo/job.yaml", "integrations/devicetype-library/job.yaml"] {
        let text = std::fs::read_to_string(root.join(job)).unwrap();
        let document = trueup_connectors::from_yaml(&text).unwrap_or_else(|error| panic!("{job}: {error}"));
        let _schema =
            schema(&document, &Registry::embedded().unwrap()).unwrap_or_else(|error| panic!("{job}: {error}"));
    }
}

fn device_type(u_height: FieldType) -> Kind {
    let kind = Kind::builder("device_type").content_type("dcim.devicetype");
    let kind = kind.id("manufacturer__name", FieldType::Text).id("model", FieldType::Text).attr("u_height", u_height);
    // Said, although it follows from the content types.
    let kind = kind.attr("part_number", FieldType::Text).reference("manufacturer", ["manufacturer__name"]);
    kind.build().unwrap()
}

fn manufacturer() -> Kind {
    let kind = Kind::builder("manufacturer").content_type("dcim.manufacturer").id("name", FieldType::Text);
    kind.attr("description", FieldType::Text).build().unwrap()
}

#[test]
fn kinds_from_code_get_from_their_content_types_what_those_of_a_file_get() {
    let kinds = [manufacturer(), device_type(FieldType::Int)];
    let from_code = schema_of_kinds("test", &kinds, &Registry::embedded().unwrap()).unwrap();
    let from_file = good(crate::support::MAKERS);
    for ((_, from_code), (_, from_file)) in from_code.kinds().zip(from_file.kinds()) {
        assert_eq!(from_code, from_file);
    }
    let elsewhere = Kind::builder("host").id("name", FieldType::Text).build().unwrap();
    let mixed = [manufacturer(), elsewhere.clone()];
    let mixed = schema_of_kinds("test", &mixed, &Registry::embedded().unwrap()).unwrap();
    assert_eq!(mixed.get("host"), Some(&elsewhere), "without a content type it is taken as it is");
}

#[test]
fn kinds_from_code_that_do_not_fit_are_told_all_at_once() {
    let odd = Kind::builder("odd").content_type("dcim.site").id("name", FieldType::Text).build().unwrap();
    let missing = Kind::builder("tag").content_type("extras.tag").id("nmae", FieldType::Text).build().unwrap();
    let kinds = [device_type(FieldType::Text), odd, missing, Kind::clone(&device_type(FieldType::Int))];
    let error = schema_of_kinds("test", &kinds, &Registry::embedded().unwrap()).unwrap_err().to_string();
    for part in [
        "kinds.device_type: field `u_height` is text, but int in the inventory",
        "there is no content type `dcim.site`",
        "extras.tag has no field `nmae`",
        "let one kind hold all records of a content type",
    ] {
        assert!(error.contains(part), "{part} is not in: {error}");
    }
    let error = schema_of_kinds("test", &[], &Registry::embedded().unwrap()).unwrap_err().to_string();
    assert!(error.contains("it has no kinds"), "{error}");
}

#[test]
fn what_a_kind_allows_and_who_owns_its_fields_is_said_in_the_file() {
    let schema = good(
        "
  role: {content_type: extras.role, identifiers: [name], allow: nothing}
  tag: {content_type: extras.tag, identifiers: [name], allow: match-only}
  device:
    content_type: dcim.device
    identifiers: [name]
    allow: [create, update]
    attributes: [serial, {name: status__name, owner: target}, {name: comments, owner: if-empty},
                 {name: tags, owner: merged}, {name: role__name, owner: source}]
",
    );
    let permissions = |kind: &str| schema.get(kind).unwrap().permissions();
    assert_eq!((permissions("role"), permissions("tag")), (Permissions::NOTHING, Permissions::MATCH_ONLY));
    assert_eq!(permissions("device"), Permissions { delete: Permit::Forbid, ..Permissions::ALL });
    let owners: Vec<Owner> = schema.get("device").unwrap().attributes().iter().map(Field::owner).collect();
    assert_eq!(owners, [Owner::Source, Owner::Target, Owner::IfEmpty, Owner::Merged, Owner::Source]);
    let code: Vec<Kind> = schema.kinds().map(|(_, kind)| kind.clone()).collect();
    let again = schema_of_kinds("made", &code, &Registry::embedded().unwrap()).unwrap();
    assert_eq!(again, schema, "kinds in code say the same");
}

#[test]
fn owners_that_cannot_be_are_told() {
    let kinds = "
  device:
    content_type: dcim.device
    identifiers: [{name: name, owner: target}]
    attributes: [{name: serial, owner: merged}]
  rack:
    content_type: dcim.rack
    identifiers: [name]
    attributes: [{name: location__name, owner: target}, location__parent__name]
  prefix:
    content_type: ipam.prefix
    identifiers: [prefix]
    attributes: [{name: rir__name, owner: if-empty}, {name: vlan__vid, owner: if-empty}, {name: vlan__name, owner: if-empty}]
";
    let error = resolve(kinds).unwrap_err().to_string();
    for problem in [
        "identifier `name` has an owner",
        "field `serial` is text, but only a set can be merged",
        "kinds.rack: `location__name`, `location__parent__name` say together which location it is; give them the same owner",
        "kinds.prefix: `vlan__vid`, `vlan__name` say together which vlan it is; `if-empty` is for references of one field",
    ] {
        assert!(error.contains(problem), "{problem} is not in: {error}");
    }
}

#[test]
fn words_that_do_not_exist_are_told_where_they_stand() {
    let read = |allow: &str| {
        let text = format!(
            "name: made\nsource: {{connector: file, path: nowhere}}\ntarget: {{connector: inventory}}\nkinds:\n  \
             tag: {{content_type: extras.tag, identifiers: [name], {allow}}}\n"
        );
        let document: Result<JobDocument, _> = from_yaml(&text);
        document.map(|document| document.kinds["tag"].clone())
    };
    for (wrong, problem) in [
        (
            "allow: everything",
            "expected a list of create, update and delete, or one of the words match-only and nothing",
        ),
        ("allow: [remove]", "unknown variant `remove`, expected one of create, update, delete"),
        ("attributes: [{name: color, owner: me}]", "unknown variant `me`"),
    ] {
        let error = read(wrong).unwrap_err().to_string();
        assert!(error.contains(problem) && error.contains("line 5"), "{problem} is not in: {error}");
    }
    for right in ["allow: []", "allow: [update]", "allow: nothing", "allow: [create, update, delete]"] {
        let kind = read(right).unwrap();
        let again: JobKindDocument = serde_json::from_value(serde_json::json!(kind)).unwrap();
        assert_eq!(again, kind, "{right}");
    }
}
