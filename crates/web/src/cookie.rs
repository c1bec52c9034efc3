//! The session's cookie: its name, how it is read, set and taken away.

use crate::app::AppOptions;
use axum::http::{HeaderMap, HeaderValue, header};
use engine::access::session::{LONGEST, Opened};

/// On TLS: the prefix makes browsers refuse the cookie from another host, another path or without `Secure`.
const ON_TLS: &str = "__Host-fairlead";
/// Without TLS, on one's own machine.
const PLAIN: &str = "fairlead";

fn name(options: &AppOptions) -> &'static str {
    if options.on_tls() { ON_TLS } else { PLAIN }
}

/// The secret a browser sent, if it sent one.
pub(crate) fn secret<'h>(headers: &'h HeaderMap, options: &AppOptions) -> Option<&'h str> {
    let name = name(options);
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name && !value.is_empty()).then_some(value)
    })
}

/// Gives the browser the secret of a session.
pub(crate) fn set(options: &AppOptions, opened: &Opened) -> Option<HeaderValue> {
    header(options, &opened.secret, LONGEST)
}

/// Takes it away again.
pub(crate) fn clear(options: &AppOptions) -> Option<HeaderValue> {
    header(options, "", 0)
}

fn header(options: &AppOptions, value: &str, seconds: i64) -> Option<HeaderValue> {
    let secure = if options.on_tls() { "; Secure" } else { "" };
    let name = name(options);
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let mut header = HeaderValue::from_str(&text).ok()?;
    header.set_sensitive(true);
    Some(header)
}
