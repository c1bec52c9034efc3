//! `fairlead explain`: why a lead went where it went, or why it waits.

use crate::cli::Explain;
use crate::commands::Context;
use crate::commands::office::{Missing, Office};
use crate::ending::{Ending, usage};
use anyhow::Context as _;
use engine::assign::explain::{Explained, explain};
use model::LeadId;

pub(crate) async fn run(context: &Context, wish: Explain) -> anyhow::Result<Ending> {
    let office = Office::open(context, Missing::Nothing).await?;
    let explained = explained(&office, &wish.lead).await;
    let (clock, now) = (office.clock.clone(), office.now());
    office.close().await;
    let explained = explained?;
    let paint = context.out.paint;
    let mut text = paint.heading("💡", &explained.lead_uid);
    if let Some(decision) = &explained.decision {
        let by = format!(" · {} · {}, {}", clock.at(decision.at, now), decision.method, decision.trigger);
        text.push_str(&paint.dim(&by));
    }
    text.push('\n');
    for (place, sentence) in explained.sentences.iter().enumerate() {
        let mark = if place == 0 { "" } else { "  " };
        text.push_str(&format!("  {mark}{sentence}\n"));
    }
    context.out.say(text)?;
    context.out.object(&explained)?;
    Ok(Ending::Done)
}

async fn explained(office: &Office, lead: &str) -> anyhow::Result<Explained> {
    let id = match (lead.parse::<LeadId>(), number(lead)) {
        (Ok(id), _) => id,
        (Err(_), Some(lead_no)) => {
            match store::lead::lead_fetch_no(office.reader(), office.org(), lead_no).await {
                Err(store::Error::NotFound) => return Err(usage(format!("there is no lead {lead}"))),
                other => other.context("cannot read the lead")?.lead_id(),
            }
        }
        (Err(_), None) => return Err(usage(format!("{lead:?} names no lead: expected L-000123 or lead_…"))),
    };
    Ok(explain(office.reader(), office.org(), id, office.now()).await?)
}

/// `L-000123`, or just the number.
fn number(lead: &str) -> Option<i64> {
    model::lead::parse_uid(lead).or_else(|| lead.parse().ok())
}
