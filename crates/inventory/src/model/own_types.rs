//! What a user's content types keep to, so that no later version of the program can clash with them: an app of their
//! own, and a place of their own below `/api/plugins/`.

use super::build::{ModelProblem, Problems};
use super::document::TypeDocument;

/// Checks the names of `own` against the types of the program, and gives each the endpoint that it does not name.
pub(super) fn check(program: &[(&str, TypeDocument)], own: &mut [(&str, TypeDocument)], all: &mut Vec<ModelProblem>) {
    for (file, document) in own {
        let mut problems = Problems { file, all };
        let name = &document.content_type;
        let app = app(name);
        if program.iter().any(|(_, other)| self::app(&other.content_type) == app) {
            problems.add(format!(
                "content_type `{name}`: the app `{app}` is the program's; choose an app of your own, such as \
                 `acme.{}`",
                name.split_once('.').map_or("thing", |(_, model)| model)
            ));
            continue;
        }
        if document.view {
            problems.add("`view`: only the program has rows that can be seen through one; leave it out");
        }
        let below = format!("plugins/{app}/");
        match &document.endpoint {
            None => document.endpoint = Some(below + &dashed(&document.verbose_name_plural)),
            Some(endpoint) if endpoint.starts_with(&below) => {}
            Some(endpoint) => {
                problems.add(format!("endpoint `{endpoint}`: lists of the app `{app}` are below `{below}`"));
            }
        }
    }
}

fn app(content_type: &str) -> &str {
    content_type.split_once('.').map_or(content_type, |(app, _)| app)
}

/// `Circuit orders` gives `circuit-orders`.
fn dashed(plural: &str) -> String {
    let lower = plural.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}
