//! Refusals in words that say what to do.

use crate::app::App;
use crate::console::lead::names;
use crate::console::ui;
use crate::problem::Problem;
use engine::Refusal;
use model::{LeadId, OrgId};

/// A refusal as a problem; of a lead that changed under somebody's hands it says who changed it, and to what.
pub(crate) async fn refused(app: &App, org: OrgId, id: LeadId, refusal: Refusal) -> Problem {
    let mut problem = Problem::from(refusal.clone());
    if let Refusal::LeadMoved = refusal {
        problem.detail = changed(app, org, id).await;
    }
    problem
}

async fn changed(app: &App, org: OrgId, id: LeadId) -> String {
    let what = async {
        let row = store::lead::lead_fetch(app.reader(), org, id).await.ok()?;
        let entries = crate::timeline::entries(app, org, &row).await.ok()?;
        let names = names(app, org, &entries).await.ok()?;
        let who = names.of(&entries.last()?.actor).to_owned();
        Some((ui::sentence(&who), ui::status_word(row.status)))
    };
    match what.await {
        Some((who, status)) => {
            let who = who.trim_end_matches('.');
            format!(
                "{who} changed this lead while you looked at it: it is {status} now. Nothing of yours was stored; \
                 look at it and press again."
            )
        }
        None => {
            "Somebody changed this lead while you looked at it. Nothing of yours was stored; press again."
                .to_owned()
        }
    }
}

/// The same in one sentence, where nothing was typed that could be lost.
pub(crate) fn refused_words(refusal: &Refusal) -> String {
    match refusal {
        Refusal::LeadMoved => {
            "Somebody changed this lead while you looked at it; nothing was done. Look at it now, and try again."
                .to_owned()
        }
        other => ui::sentence(&other.to_string()),
    }
}
