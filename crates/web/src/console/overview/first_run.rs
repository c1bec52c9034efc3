//! The first steps of an organisation, until leads flow.

use crate::app::App;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Tone};
use crate::console::visit::Visit;
use crate::rights::Own;
use maud::{Markup, html};
use store::source::Source;

/// Sources asked whether they give leads out, at most.
const ASKED: usize = 20;

/// Which steps are done.
pub(super) struct Steps {
    source: bool,
    agent: bool,
    pool: bool,
    leads: bool,
}

pub(super) async fn steps(
    app: &App,
    visit: &Visit<Own>,
    sources: &[Source],
    leads: i64,
) -> Result<Steps, Oops> {
    let (db, org) = (app.reader(), visit.org());
    // An organisation with leads has begun; its pools are told of by what waits.
    let mut pool = leads > 0;
    for source in sources.iter().take(if pool { 0 } else { ASKED }) {
        let found = store::pool::pool_fetch(db, org, source.source_no).await?;
        pool |= found.configured && found.state.enabled;
    }
    let agent = leads > 0 || !store::agent::agent_list(db, org, 0, 1).await?.is_empty();
    Ok(Steps { source: !sources.is_empty(), agent, pool, leads: leads > 0 })
}

impl Steps {
    pub(super) fn is_done(&self) -> bool {
        self.source && self.agent && self.pool && self.leads
    }

    pub(super) fn card(&self) -> Markup {
        let steps = [
            (
                self.source,
                "Add a source",
                "A bucket of leads, such as META, GOOGLE or a fair.",
                "Add a source",
                "/settings/sources",
            ),
            (self.agent, "Add agents", "The people who work the leads.", "Add an agent", "/agents/new"),
            (
                self.pool,
                "Say who gets the leads",
                "Choose agents for the source and switch auto-assign on.",
                "Set up auto-assign",
                "/assign",
            ),
            (self.leads, "Bring in leads", "From a file, or by the API.", "Import a file", "/import"),
        ];
        let next = steps.iter().position(|(done, ..)| !done);
        ui::card(
            "Four steps, and leads flow",
            &ui::NONE,
            &html! {
                ol.steps {
                    @for (n, (done, title, text, action, path)) in steps.iter().enumerate() {
                        li data-done=(done) {
                            span.step-mark { @if *done { (Icon::Check.svg()) span.visually-hidden { "Done" } } @else { (n + 1) } }
                            div { p.strong { (title) } p.muted { (text) } }
                            @if !done { (ui::button_link(if next == Some(n) { Tone::Primary } else { Tone::Plain }, None, action, path)) }
                        }
                    }
                }
            },
        )
    }
}
