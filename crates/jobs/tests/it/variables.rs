//! What may be given for a job's variables, and what is said when it does not fit.

use serde_json::{Value as Json, json};
use trueup_jobs::JobMeta;
use trueup_jobs::variable::{Given, ObjectReference, SecretReference, Values, Variable, json_schema, list, settle};

fn variables() -> Vec<Variable> {
    vec![
        Variable::text("site").help("Code of a site").min(2).max(5).regex("[A-Z]+[0-9]*"),
        Variable::integer("vid").label("VLAN").min(1).max(4094).default(10),
        Variable::boolean("strict").default(false),
        Variable::choice("family", ["ipv4", "ipv6"]).default("ipv4"),
        Variable::multi_choice("kinds", ["vlan", "device", "site"]).optional(),
        Variable::date_time("since").optional(),
        Variable::ip("seed").optional(),
        Variable::prefix("within").optional(),
        Variable::json("map").optional(),
        Variable::file("export").optional(),
        Variable::secret("token").optional(),
        Variable::object("location", "dcim.location").optional(),
        Variable::objects("tenants", "tenancy.tenant").optional(),
        Variable::object("rack", "dcim.rack").by("facility_id").optional(),
    ]
}

fn given(pairs: &[(&str, &str)]) -> Given {
    Given::texts(pairs.iter().copied())
}

fn settled(pairs: &[(&str, &str)]) -> Values {
    settle(&JobMeta::new("test"), &variables(), &given(pairs)).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(pairs: &[(&str, &str)]) -> String {
    settle(&JobMeta::new("test"), &variables(), &given(pairs)).unwrap_err().to_string()
}

#[test]
fn texts_of_a_command_line_become_values_of_each_type() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().display().to_string();
    let values = settled(&[
        ("site", "LAX1"),
        ("vid", "20"),
        ("strict", "Yes"),
        ("family", "ipv6"),
        ("kinds", "vlan, device"),
        ("kinds", "site"),
        ("since", "2026-01-31T12:00:00+01:00"),
        ("seed", "2001:db8::1"),
        ("within", "192.0.2.0/24"),
        ("map", "{\"a\": [1]}"),
        ("export", &path),
        ("token", "env:NO_SUCH_TOKEN"),
        ("location", "{\"name\": \"Rack 1\", \"parent__name\": \"Hall\"}"),
        ("tenants", "One"),
        ("tenants", "Two"),
        ("rack", "R-7"),
    ]);
    let expected = json!({
        "dryrun": true, "parallel_loading": false, "memory_profiling": false, "cpu_profiling": false,
        "site": "LAX1", "vid": 20, "strict": true, "family": "ipv6", "kinds": ["vlan", "device", "site"],
        "since": "2026-01-31T11:00:00Z", "seed": "2001:db8::1", "within": "192.0.2.0/24", "map": {"a": [1]},
        "export": path, "token": "env:NO_SUCH_TOKEN", "location": {"name": "Rack 1", "parent__name": "Hall"},
        "tenants": [{"name": "One"}, {"name": "Two"}], "rack": {"facility_id": "R-7"},
    });
    assert_eq!(Json::from(values.to_json()), expected);
    let again = settle(&JobMeta::new("test"), &variables(), &Given::from(values.to_json())).unwrap();
    assert_eq!(again, values, "what is stored gives the same values again");
}

#[test]
fn code_reads_values_as_the_types_that_were_declared() {
    let values = settled(&[("site", "LAX"), ("token", "file:/run/secret"), ("tenants", "One")]);
    assert_eq!(values.get::<String>("site").unwrap(), "LAX");
    assert_eq!(values.get::<i64>("vid").unwrap(), 10);
    assert_eq!(values.get::<Option<std::net::IpAddr>>("seed").unwrap(), None);
    assert_eq!(values.get::<Option<SecretReference>>("token").unwrap().unwrap().to_string(), "file:/run/secret");
    let tenants: Vec<ObjectReference> = values.get("tenants").unwrap();
    assert_eq!(tenants[0].to_string(), "tenancy.tenant name=One");
    assert!(values.get::<i64>("site").unwrap_err().to_string().contains("`site` as i64"));
    assert!(values.get::<i64>("vlan").unwrap_err().to_string().contains("`vlan`, which the job does not declare"));
    assert!(values.dry_run() && !values.parallel_loading());
}

#[test]
fn what_does_not_fit_is_told_by_name_with_what_is_expected() {
    for (name, text, expected) in [
        ("site", "X", "`site` is 1 characters; at least 2 is needed"),
        ("site", "LAX123", "at most 5 is allowed"),
        ("site", "lax", "`site` is `lax`, which does not match `[A-Z]+[0-9]*`"),
        ("vid", "4095", "`vid` is 4095; at most 4094 is allowed"),
        ("vid", "0", "at least 1 is needed"),
        ("vid", "ten", "`vid` is `ten`, but a whole number was expected"),
        ("strict", "1", "true or false"),
        ("family", "ipx", "`family` is `ipx`; choose from ipv4, ipv6"),
        ("kinds", "vlan,rack", "`kinds` is `rack`; choose from vlan, device, site"),
        ("since", "yesterday", "2026-01-31T12:00:00Z"),
        ("seed", "192.0.2.1/24", "an IP address such as 192.0.2.1"),
        ("within", "192.0.2.0/99", "a prefix such as 192.0.2.0/24"),
        ("map", "{", "`map` is no JSON"),
        ("export", "/no/such/file", "`export` is `/no/such/file`, but there is no such file"),
        ("location", "", "names no record"),
        ("location", "{\"name\": []}", "names no record"),
        ("sight", "LAX", "there is no variable `sight`; the job has: site, vid"),
    ] {
        let error = refused(&[("site", "LAX"), (name, text)]);
        assert!(error.contains(expected), "{name}={text}: {error}");
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let error = refused(&[("vid", "x"), ("strict", "x"), ("sight", "x")]);
    assert_eq!(error.lines().count(), 5, "{error}");
    assert!(error.contains("`site` must be given: --var site=… (Code of a site)"), "{error}");
}

#[test]
fn a_secret_is_shown_by_nobody() {
    let error = refused(&[("site", "LAX"), ("token", "hunter2")]);
    assert!(error.contains("env:NAME or file:PATH") && !error.contains("hunter2"), "{error}");
    let error =
        settle(&JobMeta::new("test"), &variables(), &given(&[("site", "LAX")]).with("token", json!(["hunter2"])));
    assert!(!error.unwrap_err().to_string().contains("hunter2"));

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "hunter2\n").unwrap();
    let values = settled(&[("site", "LAX"), ("token", &format!("file:{}", file.path().display()))]);
    let secret = values.get::<SecretReference>("token").unwrap().resolve().unwrap();
    assert_eq!(secret.expose(), "hunter2");
    assert_eq!(format!("{secret:?}"), "[redacted]");
    let stored = Json::from(values.to_json()).to_string();
    assert!(!format!("{values:?}{stored}").contains("hunter2"));

    let missing = settled(&[("site", "LAX"), ("token", "env:TRUEUP_NO_SUCH_SECRET")]);
    let error = missing.get::<SecretReference>("token").unwrap().resolve().unwrap_err().to_string();
    assert!(error.contains("TRUEUP_NO_SUCH_SECRET"), "{error}");
}

#[test]
fn declarations_that_make_no_sense_are_told_before_anything_runs() {
    for (variable, expected) in [
        (Variable::text("dryrun"), "every job has a variable `dryrun`"),
        (Variable::text("memory_profiling"), "every job has a variable `memory_profiling`"),
        (Variable::text("a b"), "`a b` cannot be the name of a variable"),
        (Variable::text("a").regex("("), "the pattern of `a` is none"),
        (Variable::integer("a").max(3).default(4), "the default of `a` is 4; at most 3"),
        (Variable::choice("a", ["x"]).default("y"), "the default of `a` is `y`; choose from x"),
    ] {
        let error = settle(&JobMeta::new("test"), &[variable], &Given::none()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let twice = [Variable::text("a").optional(), Variable::text("a").optional()];
    let error = settle(&JobMeta::new("test"), &twice, &Given::none()).unwrap_err().to_string();
    assert!(error.contains("`a` is declared twice"), "{error}");
}

#[test]
fn forms_and_programs_learn_what_a_job_takes() {
    let entries = list(&JobMeta::new("test"), &variables());
    let entry = |name: &str| entries.iter().find(|entry| entry["name"] == name).unwrap().clone();
    assert_eq!(
        entry("vid"),
        json!({"name": "vid", "type": "IntegerVar", "label": "VLAN", "help_text": "", "required": false,
               "default": 10, "min_value": 1, "max_value": 4094})
    );
    assert_eq!(entry("site")["min_length"], 2);
    assert_eq!(entry("family")["choices"], json!([["ipv4", "ipv4"], ["ipv6", "ipv6"]]));
    assert_eq!(
        (&entry("location")["type"], &entry("location")["model"]),
        (&json!("ObjectVar"), &json!("dcim.location"))
    );
    assert_eq!(entry("dryrun")["type"], "DryRunVar");
    let place = |name: &str| entries.iter().position(|entry| entry["name"] == name);
    assert_eq!(entries[0]["name"], "dryrun", "as in Nautobot, what every job takes comes first");
    assert!(place("site") < place("vid"), "then its own in the order of their declaration");

    let schema = json_schema(&JobMeta::new("test"), &variables());
    assert_eq!(schema["required"], json!(["site"]));
    assert_eq!(schema["properties"]["vid"]["maximum"], 4094);
    assert_eq!(schema["properties"]["site"]["pattern"], "^(?:[A-Z]+[0-9]*)$");
    assert_eq!(schema["properties"]["dryrun"]["default"], true);
    let eager = JobMeta::new("test").applies_by_default();
    let dryrun = list(&eager, &[]).into_iter().find(|entry| entry["name"] == "dryrun").unwrap();
    assert_eq!(dryrun["default"], false, "nobody is to learn from a form that a run is dry which is not");
    assert_eq!(json_schema(&eager, &[])["properties"]["dryrun"]["default"], false);
}
