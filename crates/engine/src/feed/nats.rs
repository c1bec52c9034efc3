//! NATS between nodes: a wake-up and nothing more. What it says is looked up in the database.

use super::standings;
use crate::Engine;
use async_nats::connection::State;
use async_nats::{Client, ConnectOptions};
use futures_util::StreamExt;
use model::OrgId;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// Where nodes of Fairlead talk.
const SUBJECT: &str = "fairlead.committed";
/// A wake-up that cannot be sent at once is not worth waiting for: the others ask by themselves.
const SEND: Duration = Duration::from_millis(200);

/// The connection, once there is one.
#[derive(Clone, Default)]
pub(super) struct Bus {
    client: Arc<OnceLock<Client>>,
}

impl Bus {
    pub(super) fn is_connected(&self) -> bool {
        self.client.get().is_some_and(|client| client.connection_state() == State::Connected)
    }
}

/// Tells the others what is committed here and hears what is committed there.
pub(super) async fn serve(engine: Engine, bus: Bus, url: String) {
    let options = ConnectOptions::new().name("fairlead").no_echo().retry_on_initial_connect();
    let client = match options.connect(&url).await {
        Ok(client) => client,
        Err(error) => return tracing::error!(%error, "NATS cannot be used: the database is asked instead"),
    };
    let _ = bus.client.set(client.clone());
    tokio::join!(tell(&engine, &bus, &client), hear(&engine, &client));
}

async fn tell(engine: &Engine, bus: &Bus, client: &Client) {
    let mut effects = engine.live().subscribe();
    loop {
        let standings = match effects.recv().await {
            Ok(effects) => standings(&effects),
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        if !bus.is_connected() {
            continue;
        }
        for (org, standing) in standings {
            let text = format!("{} {}", org.0, standing.cursor);
            let sent = tokio::time::timeout(SEND, client.publish(SUBJECT, text.into())).await;
            if !matches!(sent, Ok(Ok(()))) {
                tracing::debug!("a wake-up was not sent over NATS; the other nodes ask by themselves");
            }
        }
    }
}

async fn hear(engine: &Engine, client: &Client) {
    let mut messages = match client.subscribe(SUBJECT).await {
        Ok(messages) => messages,
        Err(error) => return tracing::error!(%error, "NATS cannot be heard: the database is asked instead"),
    };
    // Many at once are one question.
    while let Some(waiting) = (&mut messages).ready_chunks(256).next().await {
        let named = |payload: &[u8]| {
            let (org, _) = std::str::from_utf8(payload).ok()?.split_once(' ')?;
            org.parse().ok().map(OrgId)
        };
        let listened = engine.feed().listened();
        let mut orgs: Vec<OrgId> = waiting.iter().filter_map(|message| named(&message.payload)).collect();
        orgs.sort_unstable();
        orgs.dedup();
        orgs.retain(|org| listened.contains(org));
        if let Err(error) = engine.feed().ask(engine, &orgs).await {
            tracing::debug!(%error, "a wake-up could not be followed; the next one will be");
        }
    }
}
