//! Leads that wait for nobody: the staff hears of it, at most once an hour and source.

use crate::batch::Batch;
use crate::notice::{To, What};
use crate::{By, Command, Engine, Failure, Stop};
use model::{NotificationKind, OrgId};
use std::collections::HashMap;
use store::notification::{waiting_notice_list, waiting_notice_take};

/// How long it stays quiet about a source, in seconds.
const QUIET: i64 = 3600;

/// Tells of the sources where leads still wait although they were given out as far as possible.
pub(crate) async fn tell_waiting(engine: &Engine, sources: &[(OrgId, i64)]) -> Result<(), Failure> {
    if sources.is_empty() {
        return Ok(());
    }
    let since = engine.now().plus_seconds(-QUIET).0;
    let told = waiting_notice_list(engine.reader()).await?;
    let told: HashMap<(OrgId, i64), i64> = told.into_iter().map(|(org, no, at)| ((org, no), at)).collect();
    for (org, source_no) in sources {
        if told.get(&(*org, *source_no)).is_none_or(|at| *at < since) {
            engine.run_quietly(&By::system(*org), TellWaiting { source_no: *source_no }).await?;
        }
    }
    Ok(())
}

struct TellWaiting {
    source_no: i64,
}

impl Command for TellWaiting {
    type Output = ();

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<(), Stop> {
        // A pool that is off keeps its leads on purpose.
        if !store::pool::pool_fetch(batch.tx, by.org, self.source_no).await?.state.enabled {
            return Ok(());
        }
        let tallies = store::stats::tally_list(batch.tx, by.org).await?;
        let waiting: i64 = tallies.iter().filter(|t| t.source_no == self.source_no).map(|t| t.waiting).sum();
        let (now, since) = (batch.now.0, batch.now.plus_seconds(-QUIET).0);
        if waiting == 0 || !waiting_notice_take(batch.tx, by.org, self.source_no, now, since).await? {
            return Ok(());
        }
        let source = store::source::source_fetch_no(batch.tx, by.org, self.source_no).await?.name;
        let (leads, wait) = if waiting == 1 { ("lead", "waits") } else { ("leads", "wait") };
        let said = What::Said {
            kind: NotificationKind::LeadsWaiting,
            title: format!("{source}: {waiting} {leads} {wait}"),
            message: format!(
                "{waiting} {leads} of {source} {wait}: nobody of its pool can take them just now."
            ),
        };
        batch.notify(by.org, To::Staff, said);
        Ok(())
    }
}
