//! Requests that another site made a browser send: refused when they could change something.
//!
//! A browser says where a request comes from (`Sec-Fetch-Site`, `Origin`); a program says nothing and brings no
//! cookie by accident. A request with a token is the work of who has the token: browsers do not add that by themselves.

use crate::app::AppOptions;
use axum::http::{HeaderMap, Method, Uri, header};

/// Whether another site is behind this request.
pub(crate) fn is_cross_site(method: &Method, uri: &Uri, headers: &HeaderMap, options: &AppOptions) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
        || headers.contains_key(header::AUTHORIZATION)
    {
        return false;
    }
    let said = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (said("sec-fetch-site"), said("origin")) {
        (Some("same-origin" | "none"), _) | (None, None) => false,
        // A proxy that ends TLS may have changed the Host: then the public address tells.
        (_, Some(origin)) if options.is_own(origin) => false,
        // Other sites of ours (`same-site`) are others, too.
        (Some(_), _) => true,
        (None, Some(origin)) => !is_host(origin, uri, headers),
    }
}

/// Whether an `Origin` names the host that was asked.
fn is_host(origin: &str, uri: &Uri, headers: &HeaderMap) -> bool {
    let asked = uri.authority().map(|authority| authority.as_str());
    let asked = asked.or_else(|| headers.get(header::HOST).and_then(|host| host.to_str().ok()));
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    matches!((authority, asked), (Some(a), Some(b)) if a.eq_ignore_ascii_case(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(method: Method, said: &[(&'static str, &'static str)], refused: bool) {
        let mut headers = HeaderMap::new();
        for (name, value) in said {
            headers.insert(*name, value.parse().expect("a value"));
        }
        let options =
            AppOptions { public_url: "https://leads.example.com".to_owned(), ..AppOptions::default() };
        assert_eq!(is_cross_site(&method, &Uri::from_static("/x"), &headers, &options), refused, "{said:?}");
    }

    #[test]
    fn another_site_changes_nothing() {
        let host = ("host", "127.0.0.1:8080");
        check(Method::POST, &[host, ("sec-fetch-site", "cross-site")], true);
        check(
            Method::POST,
            &[host, ("sec-fetch-site", "same-site"), ("origin", "https://x.example.com")],
            true,
        );
        check(Method::DELETE, &[host, ("origin", "http://evil.example")], true);
        check(Method::POST, &[host, ("origin", "null")], true);
        check(Method::GET, &[host, ("sec-fetch-site", "cross-site")], false);
    }

    #[test]
    fn the_same_site_programs_and_tokens_pass() {
        let host = ("host", "127.0.0.1:8080");
        check(
            Method::POST,
            &[host, ("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1:8080")],
            false,
        );
        check(Method::POST, &[host, ("origin", "http://127.0.0.1:8080")], false);
        check(Method::POST, &[("host", "inside:80"), ("origin", "https://leads.example.com")], false);
        check(Method::POST, &[host], false);
        check(Method::POST, &[host, ("origin", "http://evil.example"), ("authorization", "Bearer x")], false);
    }
}
