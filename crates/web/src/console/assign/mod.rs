//! Assign leads: a card a source with its switch; opened, its configuration as a draft, its distribution, its history.
//!
//! A draft lives in its form alone. Every button of the form posts the whole draft to the page's own address, and the
//! answer is the page with the draft as it is then: adding, removing, searching and previewing store nothing.

mod batches;
mod candidates;
mod cards;
mod draft;
mod form;
mod history;
mod open;
mod preview;
mod spread;
mod view;
mod words;

use crate::app::App;
use axum::Router;
use axum::routing::{get, post};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/assign", get(cards::page))
        .route("/assign/history", get(history::page))
        .route("/assign/{source}", get(open::page).post(open::act))
        .route("/assign/{source}/switch", post(open::switch))
        .route("/assign/{source}/delete", post(open::remove))
}
