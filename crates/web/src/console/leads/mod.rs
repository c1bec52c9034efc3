//! Leads: the list, a new one by hand, one in full and what can be done with it.

mod act;
mod create;
mod detail;
mod edit;
mod filter;
mod give;
mod list;

use crate::app::App;
use axum::Router;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(list::routes())
        .merge(create::routes())
        .merge(detail::routes())
        .merge(act::routes())
        .merge(edit::routes())
}
