//! The sample office: who works there, who may come in, who gets leads of what.

use crate::commands::office::Office;
use crate::report::demo::{Links, Tokens};
use anyhow::Context as _;
use engine::access::link::CreateLink;
use engine::agent::{AgentSettings, CreateAgent};
use engine::assign::config::{AgentRef, SaveConfig};
use engine::mail::Mailer;
use engine::source::CreateSource;
use engine::user::{CreateToken, CreateUser, new_secret};
use jiff::ToSpan;
use jiff::civil::{Time, Weekday, time};
use model::agent::{Leave, Shift};
use model::{Availability, PolicyKind, Purpose, Role, UserId, Weight};

/// Name and languages; numbers follow the order.
const AGENTS: [(&str, &[&str]); 8] = [
    ("Asha Nair", &["english", "hindi", "malayalam"]),
    ("Bilal Khan", &["english", "hindi", "urdu"]),
    ("Chitra Rao", &["english", "kannada", "tamil"]),
    ("Dev Patel", &["english", "gujarati", "hindi"]),
    ("Esha Menon", &["english", "malayalam", "tamil"]),
    ("Farhan Ali", &["hindi", "marathi", "urdu"]),
    ("Gauri Joshi", &["english", "hindi", "marathi"]),
    ("Harish Iyer", &["english", "tamil", "telugu"]),
];

const EVERY_DAY: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// Adds the agents, each with a user; answers how many there are.
pub(crate) async fn agents(office: &Office) -> anyhow::Result<i64> {
    for (name, skills) in AGENTS {
        let user = user(office, name, Role::Agent).await?;
        let settings = AgentSettings {
            name: Some(name.to_owned()),
            email: Some(Some(email(name))),
            user: Some(Some(user)),
            skills: Some(skills.iter().map(|skill| (*skill).to_owned()).collect()),
            availability: Some(availability(office, name)),
            ..AgentSettings::default()
        };
        office.engine.run(&office.by, CreateAgent(settings)).await.context("cannot add an agent")?;
    }
    Ok(AGENTS.len() as i64)
}

/// Most are there round the clock, so that the demo works at any hour; one has working hours past midnight and a leave
/// ahead.
fn availability(office: &Office, name: &str) -> Availability {
    let shift = |from: Time, to: Time| Shift { days: EVERY_DAY.to_vec(), from, to };
    match name {
        "Gauri Joshi" => {
            let today = office.now().timestamp().to_zoned(jiff::tz::TimeZone::UTC).date();
            let leave = Leave { from: today.saturating_add(20.days()), to: today.saturating_add(24.days()) };
            Availability { leave: vec![leave], ..Availability::default() }
        }
        "Harish Iyer" => Availability {
            shifts: vec![shift(time(5, 0, 0, 0), time(1, 0, 0, 0))],
            ..Availability::default()
        },
        _ => Availability::default(),
    }
}

/// Users for an admin and a manager, and tokens for them and the first agent.
pub(crate) async fn tokens(office: &Office) -> anyhow::Result<Tokens> {
    let admin = user(office, "Meera Sethi", Role::Admin).await?;
    let manager = user(office, "Nikhil Bose", Role::Manager).await?;
    let agent_name = AGENTS[0].0;
    let agent = store::user::user_fetch_email(office.reader(), office.org(), &email(agent_name))
        .await
        .context("cannot find the agent's user")?;
    Ok(Tokens {
        admin: token(office, admin).await?,
        manager: token(office, manager).await?,
        agent: token(office, agent.id).await?,
        agent_name: agent_name.to_owned(),
    })
}

/// One-time links that sign the admin and the first agent in.
pub(crate) async fn links(office: &Office, mailer: &Mailer) -> anyhow::Result<Links> {
    let link = async |name: &str| {
        let user = store::user::user_fetch_email(office.reader(), office.org(), &email(name)).await;
        let user = user.context("cannot find a user")?.id;
        let create = CreateLink { user, purpose: Purpose::SignIn };
        let secret = office.engine.run(&office.by, create).await.context("cannot make a link")?;
        anyhow::Ok(mailer.link(Purpose::SignIn, &secret))
    };
    Ok(Links { admin: link("Meera Sethi").await?, agent: link(AGENTS[0].0).await? })
}

async fn user(office: &Office, name: &str, role: Role) -> anyhow::Result<UserId> {
    let create = CreateUser { email: email(name), name: name.to_owned(), role, password_hash: None };
    Ok(office.engine.run(&office.by, create).await.context("cannot add a user")?.id)
}

async fn token(office: &Office, user: UserId) -> anyhow::Result<String> {
    let secret = new_secret();
    let create = CreateToken { user, name: "demo".to_owned(), secret: secret.clone() };
    office.engine.run(&office.by, create).await.context("cannot create a token")?;
    Ok(secret)
}

fn email(name: &str) -> String {
    format!("{}@harbour.example", name.to_lowercase().replace(' ', "."))
}

/// Adds a source.
pub(crate) async fn source(office: &Office, name: &str) -> anyhow::Result<()> {
    let create = CreateSource { name: name.to_owned() };
    office.engine.run(&office.by, create).await.with_context(|| format!("cannot add the source {name}"))?;
    Ok(())
}

/// A source's pool: agents by number, with weights.
pub(crate) struct Pool {
    pub(crate) source: String,
    pub(crate) policy: PolicyKind,
    pub(crate) members: Vec<(i64, Weight)>,
}

/// The sample's four sources show all three policies and a weight; any others are shared fairly among all.
pub(crate) fn pools(sources: &[&str]) -> Vec<Pool> {
    let sample = ["META", "GOOGLE", "BTL", "Knowlarity"];
    let is_sample = sources.len() == sample.len() && sample.iter().all(|name| sources.contains(name));
    let pool = |source: &str, policy, numbers: &[i64]| Pool {
        source: source.to_owned(),
        policy,
        members: numbers.iter().map(|number| (*number, Weight::ONE)).collect(),
    };
    let everybody: Vec<i64> = (1..=AGENTS.len() as i64).collect();
    if !is_sample {
        return sources.iter().map(|source| pool(source, PolicyKind::Fair, &everybody)).collect();
    }
    let mut meta = pool("META", PolicyKind::Fair, &[1, 2, 3, 4]);
    meta.members[0].1 = Weight::from_thousandths(2_000).unwrap_or(Weight::ONE);
    vec![
        meta,
        pool("GOOGLE", PolicyKind::Fair, &[5, 6, 7, 8]),
        pool("BTL", PolicyKind::RoundRobin, &[2, 3, 4, 5]),
        pool("Knowlarity", PolicyKind::Fewest, &everybody),
    ]
}

/// Saves a pool.
pub(crate) async fn configure(
    office: &Office,
    source: &str,
    policy: PolicyKind,
    members: &[(i64, Weight)],
) -> anyhow::Result<()> {
    let save = SaveConfig {
        source: source.to_owned(),
        enabled: Some(true),
        policy: Some(policy),
        order: None,
        members: Some(members.iter().map(|(no, weight)| (AgentRef::No(*no), Some(*weight))).collect()),
        seen: None,
    };
    office.engine.run(&office.by, save).await.with_context(|| format!("cannot configure {source}"))?;
    Ok(())
}

/// A source's name as a column title, for those of the sample.
pub(crate) fn title(source: &str) -> Option<&'static str> {
    ["META", "GOOGLE", "BTL", "Knowlarity"].into_iter().find(|title| *title == source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_shows_every_policy_and_others_are_shared_among_all() {
        let policies: Vec<PolicyKind> =
            pools(&["BTL", "Knowlarity", "META", "GOOGLE"]).iter().map(|pool| pool.policy).collect();
        assert!(PolicyKind::ALL.iter().all(|policy| policies.contains(policy)));
        let other = pools(&["Website"]);
        assert_eq!((other.len(), other[0].members.len(), other[0].policy), (1, 8, PolicyKind::Fair));
    }
}
