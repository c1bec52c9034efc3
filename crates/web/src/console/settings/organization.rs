//! The organisation: name, time zone, region, what happens to duplicates.

use super::{general, page, status};
use crate::app::App;
use crate::console::fields::{Fields, Filled};
use crate::console::oops::Oops;
use crate::console::ui::{self, Tone};
use crate::console::visit::{Visit, done};
use crate::rights::Admin;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use engine::organization::UpdateOrganization;
use maud::{Markup, html};

const PATH: &str = "/settings/organization";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show).post(save))
}

async fn show(State(app): State<App>, visit: Visit<Admin>) -> Result<Response, Oops> {
    let o = store::organization::organization_fetch(app.reader(), visit.org()).await?;
    let filled = Filled::fresh(&[
        ("name", &o.name),
        ("timezone", &o.timezone),
        ("region", &o.region),
        ("duplicate_policy", o.duplicate_policy.as_str()),
    ]);
    Ok(page(&visit, PATH, status(&filled), &form(&filled)))
}

fn form(filled: &Filled) -> Markup {
    html! {
        (ui::card("Organisation", &ui::NONE, &html! {
            form.stacked method="post" action=(PATH) data-guard {
                (general(filled))
                div.fields {
                    (ui::field(filled.field("name", "Name").required()))
                    (zone(filled))
                    (ui::field(filled.field("region", "Region").required()
                        .hint("Two letters, such as IN or ZA. A phone number without a country code is read as one of this region.")))
                }
                (ui::choices("duplicate_policy", "When a lead is known already (same phone, e-mail or external id)",
                    filled.value("duplicate_policy"),
                    &[("skip", "Keep the first, skip the new"), ("update", "Fill in what is new"), ("keep", "Store both")]))
                div.actions { (ui::submit(Tone::Primary, "Save organisation")) }
            }
        }))
    }
}

/// A time zone with all names to choose from.
fn zone(filled: &Filled) -> Markup {
    let error = filled.error("timezone");
    html! {
        div.field {
            label for="f-timezone" { "Time zone" }
            input id="f-timezone" type="text" name="timezone" value=(filled.value("timezone")) list="zones" required
                autocomplete="off" aria-describedby="timezone-hint" aria-invalid=[error.map(|_| "true")];
            @if let Some(error) = error { p.field-error { (error) } }
            p.hint #timezone-hint { "Times are shown in it, and days begin by it." }
            datalist #zones {
                @for name in jiff::tz::db().available().filter(|name| name.as_str().contains('/') && !name.as_str().starts_with("Etc/")) {
                    option value=(name.as_str()) {}
                }
            }
        }
    }
}

async fn save(State(app): State<App>, visit: Visit<Admin>, fields: Fields) -> Result<Response, Oops> {
    let text = |name: &str| Some(fields.text(name).to_owned());
    let policy = fields.parsed("duplicate_policy")?;
    let command = UpdateOrganization {
        name: text("name"),
        timezone: text("timezone"),
        region: text("region"),
        duplicate_policy: policy,
    };
    match app.engine().run(&visit.by(), command).await {
        Ok(o) => Ok(done(PATH, format!("{} was saved.", o.name))),
        Err(failure) => {
            let filled = Filled::wrong(fields, failure.into())?;
            Ok(page(&visit, PATH, status(&filled), &form(&filled)))
        }
    }
}
