//! A room's pump: reads the outbox behind its cursor, writes each event into a frame once, hands it to who may see it.

use super::room::Room;
use super::socket::{Socket, Stretch};
use super::view::View;
use super::{Code, frame};
use crate::app::App;
use bytes::{Bytes, BytesMut};
use engine::Failure;
use engine::feed::Standing;
use futures_util::TryStreamExt;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use store::outbox::{StoredEvent, event_list};
use tokio::time::MissedTickBehavior;

/// Events read at a time.
pub(super) const PAGE: i64 = 100;
/// Sockets that are written to before others get their turn.
const TURN: usize = 128;
/// A pause when the database does not answer.
const AGAIN: Duration = Duration::from_millis(250);
/// Heartbeats between two looks at what runs out by time alone (sessions).
const LOOKS: u32 = 3;

/// Until nobody listens any more.
pub(super) async fn run(app: &App, room: &Arc<Room>) {
    let mut feed = room.feed.clone();
    let mut heartbeat = tokio::time::interval(app.hub().options.heartbeat);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    heartbeat.tick().await;
    let mut beats = 0u32;
    loop {
        // What came between the room's opening and now is no change of the receiver's.
        let standing = *feed.borrow_and_update();
        if let Err(error) = follow(app, room, standing).await {
            tracing::warn!(%error, "the live feed waits for the database");
            tokio::time::sleep(AGAIN).await;
            continue;
        }
        tokio::select! {
            changed = feed.changed() => if changed.is_err() {
                return;
            },
            _ = heartbeat.tick() => {
                beats = beats.wrapping_add(1);
                beat(app, room, beats.is_multiple_of(LOOKS)).await;
            }
        }
    }
}

async fn beat(app: &App, room: &Room, look: bool) {
    if look && let Err(error) = look_up(app, &room.members()).await {
        tracing::warn!(%error, "the rights of sockets could not be looked up; the next heartbeat tries again");
    }
    let frame = frame::heartbeat(room.at().cursor);
    for turn in room.members().chunks(TURN) {
        turn.iter().for_each(|socket| socket.send_live(&frame));
        tokio::task::yield_now().await;
    }
}

/// Brings the room to where its organisation stands: rights first, then events.
async fn follow(app: &App, room: &Room, to: Standing) -> Result<(), Failure> {
    if to.access > room.at().access {
        let members = room.rights_changed(to.access);
        look_up(app, &members).await?;
    }
    loop {
        let before = room.at().cursor;
        if before >= to.cursor {
            return Ok(());
        }
        let events = event_list(app.reader(), room.org, before, PAGE).await?;
        match events.last() {
            Some(last) if events[0].cursor == before + 1 => {
                let stretch = Stretch { before, last: last.cursor };
                let frames: Vec<Bytes> = events.iter().map(frame::event).collect();
                hand_out(app, &room.advance(stretch.last), &stretch, &events, &frames).await;
            }
            _ => {
                tracing::error!(
                    before,
                    to = to.cursor,
                    "events are gone that were not sent: clients fetch anew"
                );
                room.advance(to.cursor).iter().for_each(|socket| socket.reset(to.cursor));
            }
        }
    }
}

async fn hand_out(
    app: &App,
    members: &[Arc<Socket>],
    stretch: &Stretch,
    events: &[StoredEvent],
    frames: &[Bytes],
) {
    let mut composed: HashMap<View, Bytes> = HashMap::new();
    for turn in members.chunks(TURN) {
        let mut sent = 0;
        for socket in turn {
            let view = socket.view;
            let all = composed.entry(view).or_insert_with(|| compose(view, events, frames, stretch.before));
            let some = |after| compose(view, events, frames, after);
            sent += u64::from(socket.offer(stretch, all, some));
        }
        app.metrics().delivered(sent);
        if members.len() > TURN {
            tokio::task::yield_now().await;
        }
    }
}

/// The frames of what a view sees behind `after`, one after the other.
pub(super) fn compose(view: View, events: &[StoredEvent], frames: &[Bytes], after: i64) -> Bytes {
    let seen = || {
        let seen = events.iter().zip(frames).filter(|(event, _)| event.cursor > after && view.sees(event));
        seen.map(|(_, frame)| frame)
    };
    match seen().count() {
        1 => seen().next().cloned().unwrap_or_default(),
        _ => seen()
            .fold(BytesMut::new(), |mut all, frame| {
                all.extend_from_slice(frame);
                all
            })
            .freeze(),
    }
}

/// Looks up anew who is behind sockets; closes those whose rights are others now, or none.
async fn look_up(app: &App, members: &[Arc<Socket>]) -> Result<(), Failure> {
    let mut by_credential: HashMap<[u8; 32], Vec<&Arc<Socket>>> = HashMap::new();
    for socket in members {
        by_credential.entry(socket.identity.credential).or_default().push(socket);
    }
    futures_util::stream::iter(by_credential.into_values().map(Ok))
        .try_for_each_concurrent(4, |sockets| async move {
            let outdated = match sockets.first() {
                Some(first) => first.identity.outdated(app).await?,
                None => None,
            };
            close_outdated(&sockets, outdated);
            Ok(())
        })
        .await
}

fn close_outdated(sockets: &[&Arc<Socket>], outdated: Option<Code>) {
    if let Some(code) = outdated {
        sockets.iter().for_each(|socket| socket.close(code));
    }
}
