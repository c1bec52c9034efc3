//! The stylesheet and modules, in the binary. Their folder's name is a hash of them all: what a browser has, it keeps.

use crate::app::App;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

macro_rules! files {
    ($($name:literal),+ $(,)?) => { &[$(($name, include_str!(concat!("../../assets/", $name)))),+] };
}

/// The one stylesheet, in this order.
const STYLES: &[(&str, &str)] = files![
    "tokens.css",
    "base.css",
    "frame.css",
    "parts.css",
    "table.css",
    "chart.css",
    "assign.css",
    "leads.css",
    "office.css",
    "work.css"
];

/// Modules that name each other by `./name.js`.
const MODULES: &[(&str, &str)] = files![
    "app.js",
    "assign.js",
    "clock.js",
    "copy.js",
    "forms.js",
    "live.js",
    "menu.js",
    "narrow.js",
    "swap.js",
    "toast.js",
    "upload.js",
    "work.js"
];

/// The icon of the browser's tab.
const ICON: &str = include_str!("../../assets/icon.svg");

struct Assets {
    stylesheet: String,
    version: String,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let stylesheet: String = STYLES.iter().map(|(_, text)| *text).collect();
    let mut hash = Sha256::new();
    hash.update(&stylesheet);
    hash.update(ICON);
    MODULES.iter().for_each(|(_, text)| hash.update(text));
    Assets { stylesheet, version: hex::encode(&hash.finalize()[..6]) }
});

/// Where the browser finds a file.
pub(crate) fn path(name: &str) -> String {
    format!("/assets/{}/{name}", ASSETS.version)
}

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/assets/{version}/{name}", get(file))
        .route("/favicon.ico", get(async || typed("image/svg+xml", ICON.to_owned())))
}

async fn file(Path((version, name)): Path<(String, String)>) -> Response {
    let known = version == ASSETS.version;
    let found = match name.as_str() {
        "app.css" => Some(("text/css; charset=utf-8", ASSETS.stylesheet.clone())),
        "icon.svg" => Some(("image/svg+xml", ICON.to_owned())),
        name => MODULES
            .iter()
            .find(|(module, _)| *module == name)
            .map(|(_, text)| ("text/javascript; charset=utf-8", (*text).to_owned())),
    };
    match found {
        // An older page asks for an older file: it gets today's, but is not to keep it.
        Some((kind, text)) if known => {
            let mut response = typed(kind, text);
            let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
            response.headers_mut().insert(header::CACHE_CONTROL, forever);
            response
        }
        Some((kind, text)) => typed(kind, text),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn typed(kind: &'static str, text: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], text).into_response()
}
