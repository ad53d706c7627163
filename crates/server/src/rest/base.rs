//! Where clients reach this server: scheme, host and prefix of the URLs in answers, as the request says or as the
//! proxies before us say that it was.

use axum::http::{HeaderMap, header};

/// `https://nautobot.example/prefix`, without a slash at the end.
pub fn base(headers: &HeaderMap) -> String {
    let scheme = first(headers, "x-forwarded-proto").filter(|scheme| matches!(*scheme, "http" | "https"));
    let host = first(headers, "x-forwarded-host").filter(|host| is_host(host));
    let host = host.or_else(|| first(headers, header::HOST.as_str()).filter(|host| is_host(host)));
    format!("{}://{}{}", scheme.unwrap_or("http"), host.unwrap_or("localhost"), forwarded_prefix(headers))
}

/// The path before ours, such as `/inventory`, without a slash at the end; usually empty.
pub fn forwarded_prefix(headers: &HeaderMap) -> String {
    let prefix = first(headers, "x-forwarded-prefix").map(|prefix| prefix.trim_matches('/')).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '~');
    if prefix.is_empty() || !prefix.chars().all(plain) { String::new() } else { format!("/{prefix}") }
}

/// The first of a list of values: what the proxy next to the client said.
fn first<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()?.split(',').next().map(str::trim)
}

/// Nothing else goes into URLs, so that they need no escapes.
fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= 255
        && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']'))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn bases() {
        for (headers, expected) in [
            (&[][..], "http://localhost"),
            (&[("host", "nb.example:8080")], "http://nb.example:8080"),
            (
                &[("host", "a.example"), ("x-forwarded-host", "b.example, c"), ("x-forwarded-proto", "https")],
                "https://b.example",
            ),
            (&[("host", "[::1]:80"), ("x-forwarded-prefix", "/in/ventory/")], "http://[::1]:80/in/ventory"),
            (&[("host", "evil\" onload"), ("x-forwarded-proto", "javascript")], "http://localhost"),
            (&[("host", "a"), ("x-forwarded-prefix", "/\"/")], "http://a"),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.insert(*name, HeaderValue::from_static(value));
            }
            assert_eq!(base(&map), expected);
        }
    }
}
