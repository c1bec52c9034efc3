//! The console: pages people work with, rendered whole on the server, readable without JavaScript.
//!
//! What belongs here: one file (or folder) a page, the frame around them, the parts they are made of (`ui`), and the
//! stylesheet and modules they load (`assets`). What never will: a rule, SQL, a way to change something that is not an
//! engine command.
//!
//! A page is a `GET` that answers `Visit::page`. A change is a `POST` of an ordinary form that answers
//! [`done`](visit::done): 303 to a page, with the sentence that is shown there as a toast. `app.js` sends such forms in
//! the background and swaps what changed; without it the browser does the same by itself.

mod account;
mod agents;
mod assets;
mod assign;
mod door;
mod fields;
mod frame;
mod import;
mod lead;
mod leads;
mod notifications;
mod oops;
mod overview;
mod settings;
#[cfg(debug_assertions)]
mod styles;
mod ui;
mod visit;
mod work;

use crate::app::App;
use axum::Router;
pub(crate) use oops::Oops;
use tower_http::compression::CompressionLayer;

/// Every page.
pub(crate) fn routes() -> Router<App> {
    let pages = Router::new()
        .merge(account::routes())
        .merge(agents::routes())
        .merge(assets::routes())
        .merge(assign::routes())
        .merge(door::routes())
        .merge(import::routes())
        .merge(leads::routes())
        .merge(notifications::routes())
        .merge(overview::routes())
        .merge(settings::routes())
        .merge(work::routes());
    #[cfg(debug_assertions)]
    let pages = pages.merge(styles::routes());
    pages.layer(CompressionLayer::new())
}
