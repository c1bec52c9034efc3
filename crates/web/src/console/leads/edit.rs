//! Corrections of what is known of a lead, with what is wrong beside the field.

use crate::app::App;
use crate::console::fields::Fields;
use crate::console::frame::Room;
use crate::console::lead::{self, Form};
use crate::console::oops::Oops;
use crate::console::ui::{self, Tone};
use crate::console::visit::{Visit, done, go};
use crate::lead::{changes, visible};
use crate::lead_view::Thousandths;
use crate::params::Seg;
use crate::problem::Problem;
use crate::rights::Leads;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use engine::intake::FieldError;
use engine::lead::work::PatchLead;
use engine::{Failure, Refusal};
use maud::html;
use store::lead::LeadRow;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/leads/{id}/edit", get(show).post(correct))
}

async fn show(State(app): State<App>, visit: Visit<Leads>, Seg(id): Seg<String>) -> Result<Response, Oops> {
    let row = visible(&app, &visit.who, &id).await?;
    Ok(page(&visit, StatusCode::OK, &row, None, &[]))
}

/// What the lead says in a field now, as it is typed.
fn known(row: &LeadRow, name: &str) -> String {
    let details = row.details();
    let text = match name {
        "contact.name" => row.name.clone(),
        "contact.phone" => row.e164().map(|phone| phone.to_string()),
        "contact.email" => row.email.clone(),
        "title" => details.title,
        "description" => details.description,
        "category" => row.category.clone(),
        "value" => row.value.map(|value| Thousandths(value).to_string()),
        "urgency" => Some(row.urgency.to_string()),
        "required_skills" => row.skills.as_ref().map(|skills| skills.join(", ")),
        "location.suburb" => details.suburb,
        "location.city" => row.city.clone(),
        "location.postal_code" => details.postal_code,
        "location.region" => details.region,
        "location.country" => details.country,
        _ => None,
    };
    text.unwrap_or_default()
}

fn page(
    visit: &Visit<Leads>,
    status: StatusCode,
    row: &LeadRow,
    typed: Option<&Fields>,
    errors: &[FieldError],
) -> Response {
    let (path, uid) = (lead::path(row.lead_no), model::lead::uid(row.lead_no));
    let value = |name: &str| typed.map_or_else(|| known(row, name), |fields| fields.text(name).to_owned());
    let form = Form { prefix: "", value: &value, errors };
    let seen = typed.map_or(row.changes.to_string(), |fields| fields.text("seen").to_owned());
    let body = html! {
        (ui::breadcrumb(&[("Leads", "/leads"), (&uid, &path)], "Correct"))
        (ui::heading(&format!("Correct {uid}"), &html! { "A field can be changed, not emptied. Status and agent are changed on the lead's page." }, &ui::NONE))
        section.card {
            form.stacked method="post" action={ (path) "/edit" } data-guard {
                (ui::hidden("seen", &seen))
                (form.general())
                (form.groups())
                div.dialog-end {
                    a.button href=(path) { "Cancel" }
                    (ui::submit(Tone::Primary, "Save corrections"))
                }
            }
        }
    };
    visit.page_with(status, Room::Leads, &format!("Correct {uid}"), &body)
}

async fn correct(
    State(app): State<App>,
    visit: Visit<Leads>,
    Seg(id): Seg<String>,
    fields: Fields,
) -> Result<Response, Oops> {
    let row = visible(&app, &visit.who, &id).await?;
    let path = lead::path(row.lead_no);
    let wrong =
        |errors: &[FieldError]| page(&visit, StatusCode::UNPROCESSABLE_ENTITY, &row, Some(&fields), errors);
    let emptied = emptied(&row, &fields);
    if !emptied.is_empty() {
        return Ok(wrong(&emptied));
    }
    let body = lead::payload(&fields, "", |name, value| known(&row, name) != value);
    if body == lead::payload(&Fields::default(), "", |_, _| true) {
        return Ok(go(&path));
    }
    let draft = match changes(body, &visit.who.caller.region) {
        Ok(draft) => draft,
        Err(problem) => return Ok(wrong(&problem.errors)),
    };
    let command = PatchLead { lead: row.lead_id(), draft, seen: fields.parsed("seen")? };
    match app.engine().run(&visit.by(), command).await {
        Ok(_) => Ok(done(&path, format!("{} was corrected.", model::lead::uid(row.lead_no)))),
        Err(Failure::Refused(refusal)) => Ok(wrong(&[told(refusal)])),
        Err(failure) => Err(failure.into()),
    }
}

/// Fields that held something and hold nothing now.
fn emptied(row: &LeadRow, fields: &Fields) -> Vec<FieldError> {
    let all = lead::GROUPS.iter().flat_map(|(_, fields)| fields.iter()).map(|field| field.0);
    let empty =
        |name: &&str| fields.has(name) && fields.given(name).is_none() && !known(row, name).is_empty();
    let error = |name: &str| FieldError {
        field: name.to_owned(),
        code: "required",
        message: format!("cannot be emptied; it was {:?}", known(row, name)),
    };
    all.filter(empty).map(error).collect()
}

fn told(refusal: Refusal) -> FieldError {
    let message = match &refusal {
        Refusal::LeadMoved => {
            "somebody changed this lead while you typed; what you typed is kept here. Open the lead beside it, then save again from its newest state".to_owned()
        }
        other => other.to_string(),
    };
    let problem = Problem::from(refusal);
    let field = problem.errors.first().map(|error| error.field.clone()).unwrap_or_default();
    FieldError { field, code: "refused", message }
}
