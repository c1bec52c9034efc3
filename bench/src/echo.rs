//! The plain JSON echo: what axum does when a lead is parsed and answered back, and nothing else.

use std::net::SocketAddr;

use anyhow::Result;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Lead {
    source: String,
    contact: Contact,
    location: Location,
    category: String,
}

#[derive(Serialize, Deserialize)]
struct Contact {
    name: String,
    phone: String,
    email: String,
}

#[derive(Serialize, Deserialize)]
struct Location {
    city: String,
}

/// Serves until it is killed; prints its address like the product does.
pub(crate) fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let app = Router::new().route("/api/v1/leads", post(|Json(lead): Json<Lead>| async { Json(lead) }));
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        println!("echo on http://{}", listener.local_addr()?);
        axum::serve(listener, app).await?;
        Ok(())
    })
}
