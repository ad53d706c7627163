//! Paging: which part of a list is asked for, and the links to the parts around it.

use form_urlencoded::Serializer;

use super::query::Query;
use super::render::text::string_into;
use crate::app::Settings;

/// One page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// Everything when absent.
    pub limit: Option<usize>,
    pub offset: usize,
}

impl Paging {
    /// Everything on one page, whatever was asked for.
    pub const WHOLE: Self = Self { limit: None, offset: 0 };

    /// Reads `limit` and `offset`. Nonsense counts as not said; no list is refused for its paging.
    pub fn new(query: &Query, settings: &Settings) -> Self {
        let max = Some(settings.max_page_size).filter(|max| *max > 0);
        let limit = match query.last("limit").and_then(number) {
            None => Some(settings.page_size),
            Some(0) => max,
            Some(limit) => Some(max.map_or(limit, |max| limit.min(max))),
        };
        Self { limit, offset: query.last("offset").and_then(number).unwrap_or(0) }
    }

    /// The part of a list that is held whole.
    pub fn part<T>(self, all: &[T]) -> &[T] {
        let start = self.offset.min(all.len());
        let end = self.limit.map_or(all.len(), |limit| start.saturating_add(limit).min(all.len()));
        &all[start..end]
    }

    /// The answer of a list at `url` that holds `count` records, of which `results` are this page.
    pub fn answer(self, url: &str, query: &Query, count: usize, results: &[String]) -> String {
        let mut out = String::with_capacity(results.iter().map(|text| text.len() + 1).sum::<usize>() + 256);
        out.push('{');
        self.links_into(url, query, count, &mut out);
        out.push_str(",\"results\":[");
        for (place, text) in results.iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            out.push_str(text);
        }
        out.push_str("]}");
        out
    }

    /// Appends `"count":…,"next":…,"previous":…` for a list at `url` that holds `count` records.
    fn links_into(self, url: &str, query: &Query, count: usize, out: &mut String) {
        out.push_str(&format!("\"count\":{count},\"next\":"));
        let Some(limit) = self.limit else {
            out.push_str("null,\"previous\":null");
            return;
        };
        let next = self.offset.saturating_add(limit);
        match next < count {
            true => string_into(&link(url, query, limit, Some(next)), out),
            false => out.push_str("null"),
        }
        out.push_str(",\"previous\":");
        match self.offset {
            0 => out.push_str("null"),
            offset if offset <= limit => string_into(&link(url, query, limit, None), out),
            offset => string_into(&link(url, query, limit, Some(offset - limit)), out),
        }
    }
}

/// A whole number that is not negative. One too large for the machine is as good as the largest.
fn number(text: &str) -> Option<usize> {
    let text = text.trim();
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    const MOST: usize = (i64::MAX / 2) as usize;
    Some(digits.parse::<usize>().map_or(MOST, |number| number.min(MOST)))
}

/// All parameters of the request in the order of the alphabet, with the paging of another page.
fn link(url: &str, query: &Query, limit: usize, offset: Option<usize>) -> String {
    let (limit, offset) = (limit.to_string(), offset.map(|offset| offset.to_string()));
    let others = query.iter().filter(|(name, _)| !matches!(*name, "limit" | "offset"));
    let others = others.flat_map(|(name, values)| values.iter().map(move |value| (name, value.as_str())));
    let paging = [("limit", Some(limit.as_str())), ("offset", offset.as_deref())];
    let paging = paging.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let mut parameters: Vec<(&str, &str)> = others.chain(paging).collect();
    parameters.sort_by_key(|(name, _)| *name);
    let query = Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{url}?{query}")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn links(query: &str, count: usize) -> (Option<usize>, usize, Json) {
        let settings = Settings { max_page_size: 100, ..Settings::default() };
        let query = Query::parse(query);
        let paging = Paging::new(&query, &settings);
        let mut out = String::from("{");
        paging.links_into("u/", &query, count, &mut out);
        out.push('}');
        let mut json: Json = serde_json::from_str(&out).unwrap();
        assert_eq!(json["count"], count);
        json.as_object_mut().unwrap().remove("count");
        (paging.limit, paging.offset, json)
    }

    #[test]
    fn pages_and_their_neighbours() {
        for (query, count, limit, offset, next, previous) in [
            ("", 3, 50, 0, None, None),
            ("", 51, 50, 0, Some("u/?limit=50&offset=50"), None),
            ("limit=1&offset=1", 3, 1, 1, Some("u/?limit=1&offset=2"), Some("u/?limit=1")),
            ("offset=5&limit=2", 9, 2, 5, Some("u/?limit=2&offset=7"), Some("u/?limit=2&offset=3")),
            (
                "sort=-name&limit=1&name__ic=a&name__ic=b",
                2,
                1,
                0,
                Some("u/?limit=1&name__ic=a&name__ic=b&offset=1&sort=-name"),
                None,
            ),
            ("limit=100000", 500, 100, 0, Some("u/?limit=100&offset=100"), None),
            ("limit=0", 500, 100, 0, Some("u/?limit=100&offset=100"), None),
            ("limit=-1&offset=x", 10, 50, 0, None, None),
            ("limit=x", 10, 50, 0, None, None),
            ("limit=2&offset=10", 3, 2, 10, None, Some("u/?limit=2&offset=8")),
            ("q=a+b%26c&limit=1", 2, 1, 0, Some("u/?limit=1&offset=1&q=a+b%26c"), None),
        ] {
            let found = links(query, count);
            assert_eq!(found, (Some(limit), offset, json!({"next": next, "previous": previous})), "{query}");
        }
        let (_, offset, json) = links("offset=99999999999999999999999999", 3);
        assert!(offset > 1 << 60);
        assert_eq!(json["next"], Json::Null);
    }
}
