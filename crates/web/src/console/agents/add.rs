//! Adding an agent, with the user it signs in as.

use super::{PATH, form, hours};
use crate::app::App;
use crate::console::fields::{Fields, Filled};
use crate::console::frame::Room;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Tone};
use crate::console::visit::{Visit, done};
use crate::problem::Problem;
use crate::rights::Staff;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::agent::{CreateAgent, CreateAgentWithUser};
use engine::user::CreateUser;
use maud::html;
use model::Role;
use store::agent::Agent;

pub(super) async fn page(visit: Visit<Staff>) -> Response {
    show(&visit, &Filled::fresh(&[("weight", "1"), ("signs_in", "on")]))
}

fn show(visit: &Visit<Staff>, filled: &Filled) -> Response {
    let body = html! {
        (ui::breadcrumb(&[("Agents", PATH)], "Add an agent"))
        (ui::heading("Add an agent", &html! { "Only the name is needed; everything can be changed later." }, &ui::NONE))
        form.stack-y method="post" action=(PATH) {
            @if let Some(text) = filled.general() { (ui::note("bad", &html! { (ui::sentence(text)) })) }
            (ui::card("Who it is", &ui::NONE, &html! {
                (form::basics(filled))
                @if visit.me.role == Role::Admin {
                    div {
                        (ui::switch("signs_in", "Signs in to work their leads here", !filled.value("signs_in").is_empty()))
                        p.hint { "Makes a user with the role agent for the e-mail above, if there is one. You can make a sign-in link on the agent's page." }
                    }
                }
            }))
            details.card.more open[filled.is_wrong()] {
                summary { (Icon::Plus.svg()) "Working hours, leave and days off" }
                (hours::editor(filled, visit.clock().zone_name()))
            }
            div.actions { (ui::submit(Tone::Primary, "Add agent")) (ui::button_link(Tone::Quiet, None, "Cancel", PATH)) }
        }
    };
    let status = if filled.is_wrong() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    visit.page_with(status, Room::Agents, "Add an agent", &body)
}

pub(super) async fn create(
    State(app): State<App>,
    visit: Visit<Staff>,
    fields: Fields,
) -> Result<Response, Oops> {
    match added(&app, &visit, &fields).await {
        Ok(agent) => {
            let text = format!(
                "{} was added as number {}. Under Assign, name the sources whose leads they get.",
                agent.name, agent.agent_no
            );
            Ok(done(&format!("{PATH}/{}", agent.id), text))
        }
        Err(problem) => Ok(show(&visit, &Filled::wrong(fields, problem)?)),
    }
}

async fn added(app: &App, visit: &Visit<Staff>, fields: &Fields) -> Result<Agent, Problem> {
    let settings = form::settings(fields)?;
    let wanted = visit.me.role == Role::Admin && fields.on("signs_in");
    let email = settings.email.clone().flatten().filter(|_| wanted);
    let (engine, by) = (app.engine(), visit.by());
    match email {
        Some(email) => {
            let name = settings.name.clone().unwrap_or_default();
            let user = CreateUser { email, name, role: Role::Agent, password_hash: None };
            Ok(engine.run(&by, CreateAgentWithUser { settings, user }).await?)
        }
        None => Ok(engine.run(&by, CreateAgent(settings)).await?),
    }
}
