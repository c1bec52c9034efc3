//! What other processes commit: the command line beside a server, other nodes.

use super::nats::Bus;
use crate::Engine;
use std::time::Duration;
use store::feed::ChangeWatch;
use tokio::time::MissedTickBehavior;

/// How often SQLite's sign is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// How often PostgreSQL is asked.
const ASK: Duration = Duration::from_millis(200);
/// Every how many of these while NATS wakes us: a net under lost messages.
const ASK_BESIDE_NATS: u32 = 10;

/// Looks for ever.
pub(super) async fn watch(engine: Engine, bus: Option<Bus>) {
    match ChangeWatch::open(engine.target()) {
        Ok(Some(watch)) => look(engine, watch).await,
        Ok(None) => ask(engine, bus).await,
        Err(error) => {
            tracing::warn!(%error, "the sign of other writers cannot be seen: the database is asked instead");
            ask(engine, bus).await;
        }
    }
}

async fn look(engine: Engine, mut watch: ChangeWatch) {
    let mut tick = tokio::time::interval(LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if watch.changed().unwrap_or(true) {
            engine.feed().ask_all(&engine).await;
        }
    }
}

async fn ask(engine: Engine, bus: Option<Bus>) {
    let mut tick = tokio::time::interval(ASK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut ticks = 0u32;
    loop {
        tick.tick().await;
        ticks = ticks.wrapping_add(1);
        let woken = bus.as_ref().is_some_and(Bus::is_connected);
        if !woken || ticks.is_multiple_of(ASK_BESIDE_NATS) {
            engine.feed().ask_all(&engine).await;
        }
    }
}
