//! `fairlead serve`: the server, until it is told to stop.

use crate::cli::Serve;
use crate::commands::Context;
use crate::commands::office::{Missing, Office};
use crate::config::DEFAULTS;
use crate::ending::{Ending, Unreachable};
use crate::term::Out;
use anyhow::Context as _;
use engine::Engine;
use std::time::Duration;
use tokio::net::TcpListener;
use web::{App, AppOptions, LiveOptions};

pub(crate) async fn run(context: &Context, serve: Serve) -> anyhow::Result<Ending> {
    if serve.print_config {
        context.out.raw(DEFAULTS)?;
        return Ok(Ending::Done);
    }
    // A setting that cannot work is told before anything begins.
    context.config.mailer("")?;
    let listener = listen(serve.listen.as_deref().unwrap_or(&context.config.server.listen)).await?;
    let address = listener.local_addr().context("cannot tell the address")?;
    let office = Office::open(context, Missing::First).await?;
    if let Some(text) = office.told_creation() {
        context.out.say(text)?;
    }
    let database = context.config.target()?.describe();
    context.out.say(format!("Fairlead is listening on http://{address} ({database})"))?;
    context.out.object(&serde_json::json!({"url": format!("http://{address}"), "database": database}))?;
    until_told(context, office.engine, listener).await?;
    Ok(Ending::Done)
}

/// Opens the port.
pub(crate) async fn listen(address: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|error| anyhow::Error::new(Unreachable(format!("cannot listen on {address}: {error}"))))
}

/// Serves and works until SIGTERM or Ctrl-C; then nothing acknowledged is left undone.
pub(crate) async fn until_told(
    context: &Context,
    engine: Engine,
    listener: TcpListener,
) -> anyhow::Result<()> {
    let server = &context.config.server;
    let address = listener.local_addr().context("cannot tell the address")?.to_string();
    let mailer = context.config.mailer(&address)?;
    if mailer.only_logs() {
        tracing::info!("no mail server is set up ([mail] url): mails are written to this log");
    }
    let options = AppOptions {
        max_connections: server.max_connections,
        max_upload: server.max_upload_mib.saturating_mul(1 << 20),
        live: LiveOptions {
            heartbeat: Duration::from_secs(context.config.live.heartbeat_seconds.max(1)),
            stall: Duration::from_secs(context.config.live.stall_seconds.max(1)),
        },
        public_url: server.public_url.clone(),
        behind_proxy: server.behind_proxy,
        mail_is_logged: mailer.only_logs(),
    };
    let jobs = engine::jobs::start(&engine, mailer);
    let feed = engine::feed::start(&engine, &server.nats_url);
    let app = App::new(engine.clone(), options);
    let told = told_to_stop();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let out = Out::new(context.out.is_json());
    let watch = tokio::spawn(async move {
        let by = told.await;
        // A reader that has gone away does not keep the server from stopping well.
        let _ = out.say(format!("\n{by}: no new requests; finishing what has begun …"));
        let _ = stop.send(());
    });
    let served = web::serve(listener, app, async {
        let _ = stopped.await;
    })
    .await;
    watch.abort();
    feed.stop().await;
    jobs.stop().await;
    engine.shutdown().await;
    served.context("the server stopped")?;
    context.out.say("Everything acknowledged is on disk. Goodbye.")?;
    Ok(())
}

/// Waits for Ctrl-C or SIGTERM; says which.
pub(crate) async fn told_to_stop() -> &'static str {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                terminate.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => "Interrupted",
        () = terminated => "Told to stop",
    }
}
