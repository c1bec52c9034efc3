//! The accept loop: slow heads are cut off, connections are capped, a stop lets what runs finish.

use crate::app::App;
use crate::peer::FromPeer;
use anyhow::Context;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a client may take for a request's head; also how long a connection may be idle.
const HEAD: Duration = Duration::from_secs(10);
/// How long what runs may take after a stop.
const FINISH: Duration = Duration::from_secs(30);
/// A pause when the system has no more sockets for us.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Serves until `stop`, then stops accepting and lets what runs finish, for 30 seconds at most.
pub async fn serve(listener: TcpListener, app: App, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
    let router = crate::router(app.clone());
    let places = app.places();
    let (connections, stopping) = (TaskTracker::new(), CancellationToken::new());
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(64 * 1024).half_close(false);
    let mut stop = std::pin::pin!(stop);
    loop {
        let place = tokio::select! {
            () = &mut stop => break,
            place = places.clone().acquire_owned() => place.context("no more connections")?,
        };
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => (stream, peer.ip()),
                Err(error) => {
                    refused(&error).await;
                    continue;
                }
            },
        };
        let service = TowerToHyperService::new(FromPeer::new(router.clone(), peer));
        let io = TokioIo::new(prepared(stream));
        let connection = http.serve_connection(io, service).with_upgrades();
        let (app, stopping) = (app.clone(), stopping.clone());
        connections.spawn(async move {
            app.metrics().connected();
            let mut connection = std::pin::pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = stopping.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
            app.metrics().disconnected();
            drop(place);
        });
    }
    drop(listener);
    stopping.cancel();
    connections.close();
    finish(&connections, &app).await;
    Ok(())
}

fn prepared(stream: TcpStream) -> TcpStream {
    // Without it answers may wait for acknowledgements; no reason to refuse the connection.
    let _ = stream.set_nodelay(true);
    stream
}

async fn refused(error: &std::io::Error) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        return;
    }
    tracing::warn!(%error, "no connection can be accepted");
    tokio::time::sleep(EXHAUSTED).await;
}

async fn finish(connections: &TaskTracker, app: &App) {
    app.hub().stop().await;
    let open = connections.len();
    if open > 0 {
        tracing::info!(connections = open, "stopping: what runs may finish");
    }
    if tokio::time::timeout(FINISH, connections.wait()).await.is_err() {
        tracing::warn!("some requests did not finish in {} seconds", FINISH.as_secs());
    }
    app.stop_background().await;
}
