//! `/assign/{source}`: one source, its draft and everything one can do about it.

use super::candidates::{self, Candidates};
use super::draft::{Draft, told};
use super::view::{View, find, switch as switch_button};
use super::{batches, form, preview, spread, words};
use crate::app::App;
use crate::auto_assign::{run_now, save_and_run};
use crate::console::fields::{Asked, Fields};
use crate::console::frame::Room;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Clock};
use crate::console::visit::{Visit, done, not_done};
use crate::params::Seg;
use crate::problem::Problem;
use crate::rights::Staff;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::Failure;
use engine::assign::backlog::RunReport;
use engine::assign::config::{DeleteConfig, SaveConfig};
use engine::assign::simulate::Replayed;
use maud::{Markup, html};
use store::source::Source;

/// What a page shows besides what is stored.
#[derive(Default)]
struct Shown {
    status: StatusCode,
    note: Option<Markup>,
    candidates: Option<Candidates>,
    replayed: Option<Replayed>,
    all_rows: bool,
}

pub(super) async fn page(
    State(app): State<App>,
    visit: Visit<Staff>,
    Seg(source): Seg<String>,
    Asked(asked): Asked,
) -> Result<Response, Oops> {
    let source = find(&app, visit.org(), &source).await?;
    let view = View::load(&app, &visit, source, None).await?;
    let draft = Draft::stored(&view.pool.state);
    Ok(show(&visit, &view, &draft, Shown { all_rows: asked.on("all"), ..Shown::default() }))
}

fn show(visit: &Visit<Staff>, view: &View, draft: &Draft, shown: Shown) -> Response {
    let body = html! {
        (ui::breadcrumb(&[("Assign", "/assign")], &view.source.name))
        div.assign {
            (view.aside())
            div.stack-y {
                (head(view, visit.clock()))
                @if let Some(note) = &shown.note { (note) }
                (form::panel(view, draft, shown.candidates.as_ref(), visit.clock()))
                @if let Some(replayed) = &shown.replayed { (preview::card(view, replayed)) }
                (spread::card(view, visit.clock(), shown.all_rows))
                (batches::card(view, visit.clock()))
            }
        }
    };
    visit.page_with(shown.status, Room::Assign, &format!("{} · Assign", view.source.name), &body)
}

fn head(view: &View, clock: &Clock) -> Markup {
    let (d, on) = (&view.distribution, view.pool.state.enabled);
    let actions = html! {
        (switch_button(&view.source, on, "do", Some(form::FORM)))
        @if view.pool.configured {
            button class=(if d.waiting > 0 { "button primary run" } else { "button run" }) type="submit" form=(form::FORM) name="do" value="run" {
                (Icon::Bolt.svg())
                @if d.waiting > 0 { "Auto-assign now (" (ui::grouped(d.waiting)) " waiting)" } @else { "Auto-assign now" }
            }
        }
    };
    let below = html! {
        @if !view.source.active { (ui::pill("open", Icon::Pause, "Paused")) " It takes no new leads." }
        @else if !view.pool.configured { "Not configured: choose who gets its leads." }
        @else if on { "Auto-assign is on: every new lead goes out at once." }
        @else { "Auto-assign is off: new leads wait." }
    };
    html! {
        div #head.stack-y data-live="lead_created lead_assigned lead_status_changed import_progress settings_changed" {
            div.source-title data-on=(on) { (ui::heading(&view.source.name, &below, &actions)) }
            div.stats {
                (ui::stat("Waiting", &ui::number(d.waiting), &html! {
                    @match &view.queue { Some(queue) => (words::reason(queue, clock)), None => "Nothing waits" } }))
                (ui::stat("Assigned today", &ui::number(view.today), &html! { "to " (ui::plural(d.spread.agents as i64, "member")) }))
                (ui::stat("Assigned in all", &ui::number(d.assigned), &html! { "of " (ui::plural(d.total, "lead")) }))
                (ui::stat("Last assigned", &html! { @match d.last_at { Some(at) => (clock.ago(at)), None => "–" } }, &html! { "next: "
                    @match d.next.first().filter(|_| on) { Some(no) => (view.name(*no)), None => "nobody" } }))
            }
        }
    }
}

/// A button of the form: what it asks for, and the draft with it.
pub(super) async fn act(
    State(app): State<App>,
    mut visit: Visit<Staff>,
    Seg(source): Seg<String>,
    fields: Fields,
) -> Result<Response, Oops> {
    let source = find(&app, visit.org(), &source).await?;
    let pool = store::pool::pool_fetch(app.reader(), visit.org(), source.source_no).await?;
    let mut draft = Draft::sent(&fields, &pool.state);
    match fields.text("do") {
        "save" => return save(&app, &visit, source, draft).await,
        wish @ ("on" | "off" | "run") => return at_once(&app, &mut visit, source, draft, wish).await,
        "add" => candidates::add(&app, visit.org(), &mut draft, &fields).await?,
        wish => {
            if let Some(no) = wish.strip_prefix("remove:").and_then(|no| no.parse().ok()) {
                draft.remove(no);
            }
        }
    }
    let mut shown = Shown::default();
    let view = View::load(&app, &visit, source, Some(&draft)).await?;
    candidates::known(&mut draft, &view);
    match fields.text("do") {
        "choose" | "search" => {
            let now = visit.clock().now();
            shown.candidates = Some(Candidates::load(&app, visit.org(), now, &draft, &fields).await?);
        }
        "preview" if draft.is_sound() => {
            shown.replayed = Some(preview::replay(&app, &visit, &view, &draft).await?)
        }
        _ => {}
    }
    if !draft.is_sound() {
        shown.status = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(show(&visit, &view, &draft, shown))
}

/// Stores the draft, unless somebody else has stored another one since.
async fn save(app: &App, visit: &Visit<Staff>, source: Source, mut draft: Draft) -> Result<Response, Oops> {
    if !draft.is_sound() {
        let view = View::load(app, visit, source, Some(&draft)).await?;
        let note =
            ui::note("bad", &html! { "Nothing was saved: a weight must be a number from 0.001 to 1000." });
        let shown = Shown { status: StatusCode::UNPROCESSABLE_ENTITY, note: Some(note), ..Shown::default() };
        return Ok(show(visit, &view, &draft, shown));
    }
    let command = SaveConfig {
        source: source.id.to_string(),
        enabled: None,
        policy: Some(draft.policy),
        order: Some(draft.order),
        members: Some(draft.references()),
        seen: Some(draft.version),
    };
    let path = format!("/assign/{}", source.id);
    match save_and_run(app, &visit.by(), command).await {
        Ok((source, report)) => {
            let on =
                store::pool::pool_fetch(app.reader(), visit.org(), source.source_no).await?.state.enabled;
            Ok(done(&path, format!("Saved. {}", words::run(&report, on))))
        }
        Err(problem) if problem.code == "changed_meanwhile" => {
            let view = View::load(app, visit, source, Some(&draft)).await?;
            candidates::known(&mut draft, &view);
            let note = Some(meanwhile(app, visit, &view, &draft).await?);
            // Whoever saves again has seen what the other did.
            draft.version = view.pool.state.config_version;
            Ok(show(visit, &view, &draft, Shown { status: StatusCode::CONFLICT, note, ..Shown::default() }))
        }
        Err(problem) => refused(app, visit, source, &draft, problem).await,
    }
}

async fn refused(
    app: &App,
    visit: &Visit<Staff>,
    source: Source,
    draft: &Draft,
    problem: Problem,
) -> Result<Response, Oops> {
    if !problem.status.is_client_error() {
        return Err(problem.into());
    }
    let view = View::load(app, visit, source, Some(draft)).await?;
    let note = ui::note("bad", &html! { "Nothing was saved. " (ui::sentence(&problem.detail)) });
    Ok(show(visit, &view, draft, Shown { status: problem.status, note: Some(note), ..Shown::default() }))
}

/// What somebody else has saved since the draft began.
async fn meanwhile(app: &App, visit: &Visit<Staff>, view: &View, draft: &Draft) -> Result<Markup, Oops> {
    let (db, org, pool) = (app.reader(), visit.org(), &view.pool.state);
    let first = draft.version.max(pool.config_version - 1);
    let versions = store::pool::config_list(db, org, pool.source_no, draft.version, draft.version).await?;
    let newest = store::pool::config_list(db, org, pool.source_no, first, pool.config_version).await?;
    let newest = newest.last();
    let who = super::view::actors(app, org, newest.iter().map(|c| c.actor.as_str())).await?;
    let who = newest.and_then(|c| who.get(&c.actor)).map_or("Somebody else", String::as_str);
    let before = versions.first().map(Draft::version);
    let mut agents = view.agents.clone();
    let mentioned: Vec<i64> = before.iter().flat_map(|d| d.members.iter().map(|m| m.agent_no)).collect();
    for agent in store::agent::agent_list_no(db, org, &mentioned).await? {
        agents.insert(agent.agent_no, agent);
    }
    let changes = before.map(|before| Draft::stored(pool).changes(&before, &agents)).unwrap_or_default();
    Ok(ui::note(
        "warn",
        &html! {
            p { strong { (who) " changed this configuration while you were at it" } @if let Some(c) = newest { " (" (visit.clock().ago(model::Micros(c.created_at))) ")" } ". Nothing of yours was saved yet." }
            @if !changes.is_empty() { p { "Their change: " (told(&changes)) "." } }
            p { "Your draft is kept below. Save it to replace theirs, or " a href=(view.path()) data-discard { "take theirs" } "." }
        },
    ))
}

/// Switch and run: they work at once and leave the draft as it is.
async fn at_once(
    app: &App,
    visit: &mut Visit<Staff>,
    source: Source,
    mut draft: Draft,
    wish: &str,
) -> Result<Response, Oops> {
    let (org, no) = (visit.org(), source.source_no);
    let before = store::pool::pool_fetch(app.reader(), org, no).await?.state;
    let (good, text) = match wish {
        "run" => match run_now(app, &visit.by(), &source.id.to_string()).await {
            Ok((_, report)) => (true, words::run(&report, true)),
            Err(problem) if problem.status == StatusCode::CONFLICT => (false, ui::sentence(&problem.detail)),
            Err(problem) => return Err(problem.into()),
        },
        _ => turn(app, visit, &source, wish == "on").await?,
    };
    let after = store::pool::pool_fetch(app.reader(), org, no).await?.state;
    // The switch's own save is one the visitor knows of; another's is not.
    let own = wish != "run" && after.config_version == before.config_version + 1;
    if own && draft.version == before.config_version {
        draft.version = after.config_version;
    }
    let view = View::load(app, visit, source, Some(&draft)).await?;
    candidates::known(&mut draft, &view);
    if draft.changes(&Draft::stored(&after), &view.agents).is_empty() {
        let to = view.path();
        return Ok(if good { done(&to, text) } else { not_done(&to, text) });
    }
    visit.tell(good, text);
    Ok(show(visit, &view, &draft, Shown::default()))
}

/// Switches a source on or off; whether that worked, and what it did.
async fn turn(app: &App, visit: &Visit<Staff>, source: &Source, on: bool) -> Result<(bool, String), Oops> {
    let name = &source.name;
    let pool = store::pool::pool_fetch(app.reader(), visit.org(), source.source_no).await?;
    if !pool.configured {
        return Ok((false, format!("Choose who gets the leads of {name}, then save: that switches it on.")));
    }
    let command = SaveConfig {
        source: source.id.to_string(),
        enabled: Some(on),
        policy: None,
        order: None,
        members: None,
        seen: None,
    };
    let (_, report): (_, RunReport) = save_and_run(app, &visit.by(), command).await?;
    Ok((
        true,
        match on {
            true => format!("Auto-assign of {name} is on. {}", words::run(&report, true)),
            false => format!("Auto-assign of {name} is off: new leads wait until you switch it on again."),
        },
    ))
}

/// The switch of a card.
pub(super) async fn switch(
    State(app): State<App>,
    visit: Visit<Staff>,
    Seg(source): Seg<String>,
    fields: Fields,
) -> Result<Response, Oops> {
    let source = find(&app, visit.org(), &source).await?;
    let (good, text) = turn(&app, &visit, &source, fields.text("to") == "on").await?;
    Ok(if good { done("/assign", text) } else { not_done(&format!("/assign/{}", source.id), text) })
}

/// Deletes what is stored; the panel stays, empty.
pub(super) async fn remove(
    State(app): State<App>,
    visit: Visit<Staff>,
    Seg(source): Seg<String>,
) -> Result<Response, Oops> {
    let source = find(&app, visit.org(), &source).await?;
    let path = format!("/assign/{}", source.id);
    let name = &source.name;
    match app.engine().run(&visit.by(), DeleteConfig { source: source.id.to_string() }).await {
        Ok(_) => Ok(done(
            &path,
            format!(
                "The configuration of {name} is deleted: its leads wait. Nothing given out was taken back."
            ),
        )),
        Err(Failure::Refused(refusal)) => Ok(not_done(&path, ui::sentence(&refusal.to_string()))),
        Err(failure) => Err(failure.into()),
    }
}
