//! Sources: what leads come from.

use super::{general, page, status};
use crate::app::App;
use crate::console::fields::{Fields, Filled};
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Column, Tone};
use crate::console::visit::{Visit, done, not_done};
use crate::params::Seg;
use crate::rights::Staff;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use engine::source::{CreateSource, DeleteSource, UpdateSource};
use engine::{Command, Failure};
use maud::{Markup, html};
use model::SourceId;
use store::source::Source;

const PATH: &str = "/settings/sources";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(show).post(add))
        .route("/settings/sources/{id}", post(change))
        .route("/settings/sources/{id}/delete", post(remove))
}

async fn show(State(app): State<App>, visit: Visit<Staff>) -> Result<Response, Oops> {
    whole(&app, &visit, &Filled::default()).await
}

async fn whole(app: &App, visit: &Visit<Staff>, filled: &Filled) -> Result<Response, Oops> {
    let sources = store::source::source_list(app.reader(), visit.org(), 0, 10_000).await?;
    let tallies = store::stats::tally_list(app.reader(), visit.org()).await?;
    let of = |no: i64| tallies.iter().filter(move |t| t.source_no == no);
    let rows = html! {
        @for s in &sources {
            (row(s, of(s.source_no).map(|t| t.leads).sum(), of(s.source_no).map(|t| t.waiting).sum()))
        }
    };
    let columns = [
        Column::text("Source"),
        Column::text("State"),
        Column::number("Leads"),
        Column::number("Waiting"),
        Column::text(""),
    ];
    let body = html! {
        (ui::card("Add a source", &ui::NONE, &html! {
            form.stacked method="post" action=(PATH) {
                (general(filled))
                div.fields { (ui::field(filled.field("name", "Name").required().hint("Where leads come from: META, GOOGLE, a fair, a partner."))) }
                div.actions { (ui::submit(Tone::Primary, "Add source")) }
            }
        }))
        section #sources.card data-live="settings_changed lead_created lead_assigned import_progress" {
            @if sources.is_empty() {
                (ui::empty(Icon::Tag, "No sources yet", "A source is a bucket of leads with its own auto-assign. Add the first one above.", &ui::NONE))
            } @else { (ui::table("Sources", &columns, &rows)) }
        }
    };
    Ok(page(visit, PATH, status(filled), &body))
}

fn row(s: &Source, leads: i64, waiting: i64) -> Markup {
    let (path, dialog) = (format!("{PATH}/{}", s.id), format!("d-{}", s.id));
    html! {
        tr data-key=(s.id) {
            td { a.row-link.ellipsis href={ "/assign/" (s.id) } { (s.name) } }
            td { @if s.active { (ui::pill("good", Icon::Check, "Takes leads")) } @else { (ui::pill("open", Icon::Pause, "Paused")) } }
            td.numeric { (ui::number(leads)) }
            td.numeric { (ui::number(waiting)) }
            td { div.actions.end {
                button.button.quiet type="button" data-action="open" data-dialog=(dialog) { "Rename" }
                form method="post" action=(path) {
                    (ui::hidden("active", if s.active { "off" } else { "on" }))
                    (ui::submit(Tone::Quiet, if s.active { "Pause" } else { "Resume" }))
                }
                @if leads == 0 { form method="post" action={ (path) "/delete" } { (ui::submit(Tone::Quiet, "Delete")) } }
            }
            dialog id=(dialog) aria-label={ "Rename " (s.name) } {
                form method="post" action=(path) {
                    h2 { "Rename " (s.name) }
                    div.field { label for={ "n-" (s.id) } { "Name" } input id={ "n-" (s.id) } type="text" name="name" value=(s.name) required; }
                    p.hint { "Leads and history stay with the source. Programs that send leads by name must use the new one." }
                    div.dialog-end { button.button type="button" data-action="close" { "Cancel" } (ui::submit(Tone::Primary, "Rename source")) }
                }
            } }
        }
    }
}

async fn add(State(app): State<App>, visit: Visit<Staff>, fields: Fields) -> Result<Response, Oops> {
    match app.engine().run(&visit.by(), CreateSource { name: fields.text("name").to_owned() }).await {
        Ok(source) => {
            Ok(done(PATH, format!("{} was added. Set up who gets its leads under Assign.", source.name)))
        }
        Err(failure) => whole(&app, &visit, &Filled::wrong(fields, failure.into())?).await,
    }
}

async fn change(
    State(app): State<App>,
    visit: Visit<Staff>,
    Seg(id): Seg<SourceId>,
    fields: Fields,
) -> Result<Response, Oops> {
    let name = fields.given("name").map(str::to_owned);
    let active = fields.given("active").map(|_| fields.on("active"));
    let command = UpdateSource { source: id.to_string(), name, active };
    told(&app, &visit, command, |source| match active {
        Some(false) => format!("{} is paused: new leads of it are refused. Those it has stay.", source.name),
        Some(true) => format!("{} takes leads again.", source.name),
        None => format!("It is called {} now.", source.name),
    })
    .await
}

async fn remove(
    State(app): State<App>,
    visit: Visit<Staff>,
    Seg(id): Seg<SourceId>,
) -> Result<Response, Oops> {
    told(&app, &visit, DeleteSource { source: id.to_string() }, |()| "The source was deleted.".to_owned())
        .await
}

/// Runs a command and says on this page how it went.
async fn told<C: Command>(
    app: &App,
    visit: &Visit<Staff>,
    command: C,
    sentence: impl FnOnce(C::Output) -> String,
) -> Result<Response, Oops> {
    match app.engine().run(&visit.by(), command).await {
        Ok(output) => Ok(done(PATH, sentence(output))),
        Err(Failure::Refused(refusal)) => Ok(not_done(PATH, ui::sentence(&refusal.to_string()))),
        Err(failure) => Err(failure.into()),
    }
}
