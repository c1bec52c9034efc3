//! An agent's settings as a form, and back.

use super::hours;
use crate::agent::{email_address, plain, skills, weight};
use crate::app::App;
use crate::console::fields::{Fields, Filled};
use crate::console::ui::{self};
use crate::console::visit::Visit;
use crate::problem::Problem;
use crate::rights::Staff;
use engine::agent::AgentSettings;
use maud::{Markup, html};
use model::UserId;
use store::agent::Agent;

/// The form as it stands for an agent; `signs_in`: the e-mail of its user.
pub(super) fn filled(agent: &Agent, signs_in: Option<&str>) -> Filled {
    let number = |n: Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
    let mut fields = vec![
        ("name".to_owned(), agent.name.clone()),
        ("email".to_owned(), agent.email.clone().unwrap_or_default()),
        ("weight".to_owned(), agent.weight.decimal().to_string()),
        ("skills".to_owned(), agent.skills.join(", ")),
        ("daily_cap".to_owned(), number(agent.daily_cap)),
        ("open_cap".to_owned(), number(agent.open_cap)),
        ("user_email".to_owned(), signs_in.unwrap_or_default().to_owned()),
    ];
    fields.extend(hours::fields_of(&agent.availability));
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Filled::fresh(&fields)
}

/// Name, reach and limits.
pub(super) fn basics(filled: &Filled) -> Markup {
    html! {
        div.fields {
            (ui::field(filled.field("name", "Name").required().hint("As colleagues know them")))
            (ui::field(filled.field("email", "E-mail").kind("email")))
            (ui::field(filled.field("skills", "Skills").hint("Separated by commas. A lead that asks for skills goes only to who has them all.")))
            (ui::field(filled.field("weight", "Weight").hint("2 gets twice the leads of 1 where a source names no weight of its own")))
            (ui::field(filled.field("daily_cap", "Leads a day at most").hint("Empty: no limit").kind("number")))
            (ui::field(filled.field("open_cap", "Open leads at most").hint("Empty: no limit").kind("number")))
        }
    }
}

/// The settings a form says.
pub(super) fn settings(fields: &Fields) -> Result<AgentSettings, Problem> {
    let email = fields.given("email").map(|email| email_address("email", email)).transpose()?;
    let words = fields.text("skills").split([',', ';']).map(str::trim).filter(|skill| !skill.is_empty());
    Ok(AgentSettings {
        name: Some(plain("name", fields.text("name").to_owned(), 200)?),
        email: Some(email),
        user: None,
        active: None,
        weight: fields.parsed::<f64>("weight")?.map(weight).transpose()?,
        skills: Some(skills(words.map(str::to_owned).collect())?),
        daily_cap: Some(cap(fields, "daily_cap")?),
        open_cap: Some(cap(fields, "open_cap")?),
        availability: Some(hours::parse(fields)?),
    })
}

fn cap(fields: &Fields, name: &str) -> Result<Option<i64>, Problem> {
    let cap: Option<i64> = fields.parsed(name)?;
    match cap {
        Some(cap) if cap < 0 => Err(Problem::field(name, "must not be negative")),
        cap => Ok(cap),
    }
}

/// The user with an e-mail of this organisation; empty: nobody.
pub(super) async fn user_of(app: &App, visit: &Visit<Staff>, email: &str) -> Result<Option<UserId>, Problem> {
    if email.is_empty() {
        return Ok(None);
    }
    match store::user::user_fetch_email(app.reader(), visit.org(), email).await {
        Ok(user) => Ok(Some(user.id)),
        Err(store::Error::NotFound) => Err(Problem::field("user_email", "no user here has this e-mail")),
        Err(error) => Err(error.into()),
    }
}
