//! The calls of the seed, by their old names, on the same engine under the same rights. The wire names (`cre_ids`,
//! `success`, `message`) live in this file only.

use crate::answer::{self, Answer};
use crate::app::App;
use crate::auto_assign::{run_now, save_and_run};
use crate::body::{Bare, Json};
use crate::keyed;
use crate::params::Seg;
use crate::problem::Problem;
use crate::rights::{Staff, Who};
use crate::schema::{self, Problems};
use axum::extract::State;
use axum::http::StatusCode;
use engine::assign::backlog::RunReport;
use engine::assign::config::{AgentRef, DeleteConfig, SaveConfig};
use model::PolicyKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::source::Source;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_config))
        .routes(routes!(save_config))
        .routes(routes!(trigger))
        .routes(routes!(delete_config))
}

/// A source's configuration under its seed names.
#[derive(Serialize, ToSchema)]
struct SeedConfig {
    /// Numbers of agents.
    cre_ids: Vec<i64>,
    enabled: bool,
    #[schema(value_type = schema::PolicyWord)]
    policy: PolicyKind,
}

#[derive(Serialize, ToSchema)]
struct SeedDone {
    success: bool,
    message: String,
    assigned_count: i64,
}

/// Configurations of all sources that have one, by source.
#[utoipa::path(get, path = "/get_auto_assign_config", tag = "seed aliases", operation_id = "seed_get_config",
    responses((status = 200, description = "By source", body = BTreeMap<String, SeedConfig>), Problems))]
async fn get_config(State(app): State<App>, who: Who<Staff>) -> Answer {
    let (db, org) = (app.reader(), who.org());
    let mut configs = BTreeMap::new();
    let mut after = 0;
    loop {
        let sources = store::source::source_list(db, org, after, 500).await?;
        let Some(last) = sources.last() else { break };
        after = last.source_no;
        for source in sources {
            let pool = store::pool::pool_fetch(db, org, source.source_no).await?;
            if pool.configured {
                let cre_ids = pool.state.members.iter().filter(|m| m.current).map(|m| m.agent_no).collect();
                let config = SeedConfig { cre_ids, enabled: pool.state.enabled, policy: pool.state.policy };
                configs.insert(source.name, config);
            }
        }
    }
    answer::ok(&configs)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SeedSave {
    source: String,
    /// Numbers of agents; numbers in quotes are understood.
    #[schema(value_type = Vec<i64>)]
    cre_ids: Vec<CreId>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum CreId {
    Number(i64),
    Text(String),
}

impl CreId {
    fn number(&self) -> Result<i64, Problem> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Text(text) => {
                text.trim().parse().map_err(|_| Problem::field("cre_ids", "must hold numbers of agents"))
            }
        }
    }
}

fn source_name(name: String) -> Result<String, Problem> {
    if name.trim().is_empty() || name.contains('\0') {
        return Err(Problem::field("source", "name the source"));
    }
    Ok(name)
}

/// Saves the members of a source, keeping its policy (else `fair`), and gives out what waits.
#[utoipa::path(post, path = "/save_auto_assign_config", tag = "seed aliases", operation_id = "seed_save_config",
    request_body = SeedSave, responses((status = 200, description = "Saved", body = SeedDone), Problems))]
async fn save_config(State(app): State<App>, who: Who<Staff>, body: Json<SeedSave>) -> Answer {
    let source = source_name(body.value.source)?;
    let numbers: Vec<i64> = body.value.cre_ids.iter().map(CreId::number).collect::<Result<_, _>>()?;
    let members = numbers.into_iter().map(|no| (AgentRef::No(no), None)).collect();
    let command =
        SaveConfig { source, enabled: None, policy: None, order: None, members: Some(members), seen: None };
    let by = who.by();
    keyed::work(&app, &by, body.key, async {
        let (source, report) = save_and_run(&app, &by, command).await?;
        let said = format!("auto-assign saved for {}: {} leads assigned", source.name, report.assigned);
        done(said, report.assigned)
    })
    .await
}

fn done(message: String, assigned_count: i64) -> Result<(StatusCode, String), Problem> {
    Ok((StatusCode::OK, answer::to_text(&SeedDone { success: true, message, assigned_count })?))
}

/// Gives out what waits in a source.
#[utoipa::path(post, path = "/trigger_auto_assign/{source}", tag = "seed aliases", operation_id = "seed_trigger",
    params(("source" = String, Path)), responses((status = 200, description = "Done", body = SeedDone), Problems))]
async fn trigger(State(app): State<App>, who: Who<Staff>, Seg(source): Seg<String>, bare: Bare) -> Answer {
    let by = who.by();
    keyed::work(&app, &by, bare.key, async {
        let (source, report) = run_now(&app, &by, &source).await?;
        done(said(&source, &report), report.assigned)
    })
    .await
}

fn said(source: &Source, report: &RunReport) -> String {
    match (report.assigned, report.waiting) {
        (0, 0) => format!("no leads wait in {}", source.name),
        (assigned, 0) => format!("{assigned} leads of {} assigned", source.name),
        (assigned, waiting) => format!("{assigned} leads of {} assigned, {waiting} wait", source.name),
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SeedDelete {
    source: String,
}

/// Deletes a source's configuration.
#[utoipa::path(post, path = "/delete_auto_assign_config", tag = "seed aliases", operation_id = "seed_delete_config",
    request_body = SeedDelete, responses((status = 200, description = "Deleted", body = SeedDone), Problems))]
async fn delete_config(State(app): State<App>, who: Who<Staff>, body: Json<SeedDelete>) -> Answer {
    let command = DeleteConfig { source: source_name(body.value.source)? };
    keyed::run(&app, &who.by(), command, body.key, deleted).await
}

fn deleted(outcome: &Result<Source, engine::Refusal>) -> (u16, String) {
    answer::rendered(StatusCode::OK, outcome, |source| SeedDone {
        success: true,
        message: format!("auto-assign deleted for {}", source.name),
        assigned_count: 0,
    })
}
