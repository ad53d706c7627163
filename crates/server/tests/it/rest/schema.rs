//! Whether a JSON value is as a schema of the OpenAPI document says: as much of JSON Schema as the document uses. An
//! unknown word is a defect of the test.

use serde_json::Value as Json;

/// What is wrong, with its place.
pub fn faults(document: &Json, schema: &Json, value: &Json, place: &str) -> Vec<String> {
    let wrong = |what: &str| vec![format!("{place}: {value} {what}")];
    if let Some(name) = schema.get("$ref").and_then(Json::as_str) {
        let pointer = name.strip_prefix('#').unwrap();
        let target = document.pointer(pointer).unwrap_or_else(|| panic!("{name} is not there"));
        return faults(document, target, value, place);
    }
    if value.is_null() && schema.get("nullable") == Some(&Json::Bool(true)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (word, said) in schema.as_object().unwrap() {
        match word.as_str() {
            "type" => {
                let fits = match said.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "number" => value.is_number(),
                    "boolean" => value.is_boolean(),
                    other => panic!("{other} is no type"),
                };
                if !fits {
                    found.extend(wrong(&format!("is no {said}")));
                }
            }
            "required" => {
                let missing = said.as_array().unwrap().iter().filter(|key| value.get(key.as_str().unwrap()).is_none());
                found.extend(missing.map(|key| format!("{place}: {key} is missing")));
            }
            "properties" => {
                for (key, schema) in said.as_object().unwrap() {
                    if let Some(value) = value.get(key) {
                        found.extend(faults(document, schema, value, &format!("{place}.{key}")));
                    }
                }
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    found.extend(faults(document, said, item, &format!("{place}[]")));
                }
            }
            "enum" if !said.as_array().unwrap().contains(value) => found.extend(wrong("is none of the choices")),
            "oneOf" | "anyOf" => {
                let fit = said.as_array().unwrap().iter().filter(|one| faults(document, one, value, place).is_empty());
                let fit = fit.count();
                if fit == 0 || (word == "oneOf" && fit > 1) {
                    found.extend(wrong(&format!("fits {fit} of {said}")));
                }
            }
            "allOf" => {
                found.extend(said.as_array().unwrap().iter().flat_map(|one| faults(document, one, value, place)));
            }
            "enum" | "nullable" | "format" | "description" | "minimum" | "maximum" | "minLength" | "maxLength" => {}
            other => panic!("{place}: `{other}` is no word that this test knows"),
        }
    }
    found
}
