//! Agents: created, changed, present, deactivated.

use crate::batch::Batch;
use crate::user::CreateUser;
use crate::{By, Command, Refusal, Scope, Stop};
use model::event::Event;
use model::{AgentId, Area, Availability, Presence, UserId, Weight};
use store::agent::{Agent, agent_delete, agent_fetch, agent_insert, agent_list_locked, agent_update};
use uuid::Uuid;

/// The settings of an agent; `None` leaves what is there (or the default). The inner `None` of a double option clears.
#[derive(Debug, Clone, Default)]
pub struct AgentSettings {
    /// Name.
    pub name: Option<String>,
    /// E-mail.
    pub email: Option<Option<String>>,
    /// The user that signs in as this agent.
    pub user: Option<Option<UserId>>,
    /// Takes part at all.
    pub active: Option<bool>,
    /// Weight where a configuration names none.
    pub weight: Option<Weight>,
    /// Lower case, sorted, no repeats.
    pub skills: Option<Vec<String>>,
    /// Leads a local day.
    pub daily_cap: Option<Option<i64>>,
    /// Open leads at one time.
    pub open_cap: Option<Option<i64>>,
    /// Working hours.
    pub availability: Option<Availability>,
}

/// Adds an agent.
#[derive(Debug, Clone)]
pub struct CreateAgent(pub AgentSettings);

impl Command for CreateAgent {
    type Output = Agent;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Agent, Stop> {
        self.0.check()?;
        check_user(batch, by, self.0.user.flatten(), None).await?;
        let now = batch.now.0;
        let counter = batch.counter(by.org).await?;
        counter.agent_no += 1;
        let mut agent = Agent {
            agent_no: counter.agent_no,
            id: AgentId(Uuid::now_v7()),
            user_id: None,
            name: String::new(),
            email: None,
            active: true,
            presence: Presence::Online,
            weight: Weight::ONE,
            skills: Vec::new(),
            daily_cap: None,
            open_cap: None,
            availability: Availability::default(),
            total: 0,
            open_count: 0,
            day: None,
            day_count: 0,
            last_assigned_at: None,
            created_at: now,
        };
        self.0.apply(&mut agent);
        agent_insert(batch.tx, by.org, &agent).await?;
        batch.access_changed();
        batch.audit(by, Area::Agent, agent.id, format!("number {} added", agent.agent_no));
        Ok(agent)
    }
}

/// Adds an agent and the user it signs in as, both or none.
#[derive(Debug, Clone)]
pub struct CreateAgentWithUser {
    /// The agent's settings.
    pub settings: AgentSettings,
    /// The user.
    pub user: CreateUser,
}

impl Command for CreateAgentWithUser {
    type Output = Agent;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Agent, Stop> {
        self.settings.check()?;
        let user = self.user.run(by, batch).await?;
        let settings = AgentSettings { user: Some(Some(user.id)), ..self.settings.clone() };
        CreateAgent(settings).run(by, batch).await
    }
}

/// Changes an agent.
#[derive(Debug, Clone)]
pub struct UpdateAgent {
    /// Which.
    pub agent: AgentId,
    /// To what.
    pub settings: AgentSettings,
}

impl Command for UpdateAgent {
    type Output = Agent;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Agent, Stop> {
        self.settings.check()?;
        let mut agent = find(batch, by, self.agent).await?;
        check_user(batch, by, self.settings.user.flatten(), Some(agent.agent_no)).await?;
        let was = agent.clone();
        self.settings.apply(&mut agent);
        agent_update(batch.tx, by.org, &agent, batch.now.0).await?;
        batch.access_changed();
        if agent != was {
            let what = format!("number {}: {}", agent.agent_no, changes(&was, &agent));
            batch.audit(by, Area::Agent, agent.id, what);
        }
        wake(batch, by, agent.agent_no).await?;
        Ok(agent)
    }
}

/// The agent is at work, or away.
#[derive(Debug, Clone, Copy)]
pub struct SetPresence {
    /// Which.
    pub agent: AgentId,
    /// Online or away.
    pub presence: Presence,
}

impl Command for SetPresence {
    type Output = Agent;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Agent, Stop> {
        let mut agent = find(batch, by, self.agent).await?;
        if !matches!(by.scope, Scope::All) && by.scope != Scope::Agent(agent.agent_no) {
            return Err(Refusal::NotFound("agent").into());
        }
        if agent.presence != self.presence {
            // Seen live by whoever looks at agents; who was away when is no setting that a log keeps.
            batch.tell(
                by.org,
                Event::SettingsChanged { area: Area::Agent.as_str(), id: agent.id.to_string() },
            );
        }
        agent.presence = self.presence;
        agent_update(batch.tx, by.org, &agent, batch.now.0).await?;
        wake(batch, by, agent.agent_no).await?;
        Ok(agent)
    }
}

/// Removes an agent without history.
#[derive(Debug, Clone, Copy)]
pub struct DeleteAgent(pub AgentId);

impl Command for DeleteAgent {
    type Output = ();

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<(), Stop> {
        let agent = find(batch, by, self.0).await?;
        match agent_delete(batch.tx, by.org, agent.agent_no).await {
            Err(store::Error::Conflict(why)) => Err(Refusal::InUse(why).into()),
            other => {
                other?;
                batch.audit(by, Area::Agent, agent.id, format!("number {} removed", agent.agent_no));
                Ok(())
            }
        }
    }
}

/// Which settings differ, for the audit log.
fn changes(was: &Agent, is: &Agent) -> String {
    let mut changes = Vec::new();
    if was.active != is.active {
        changes.push(if is.active { "activated" } else { "deactivated" }.to_owned());
    }
    if was.weight != is.weight {
        changes.push(format!("weight {} → {}", was.weight.decimal(), is.weight.decimal()));
    }
    for (what, same) in [
        ("name", was.name == is.name),
        ("e-mail", was.email == is.email),
        ("user", was.user_id == is.user_id),
        ("skills", was.skills == is.skills),
        ("daily cap", was.daily_cap == is.daily_cap),
        ("open cap", was.open_cap == is.open_cap),
        ("availability", was.availability == is.availability),
    ] {
        if !same {
            changes.push(format!("{what} changed"));
        }
    }
    changes.join("; ")
}

/// The agent as it stands, locked.
async fn find(batch: &Batch<'_>, by: &By, id: AgentId) -> Result<Agent, Stop> {
    let seen = match agent_fetch(batch.tx, by.org, id).await {
        Err(store::Error::NotFound) => return Err(Refusal::NotFound("agent").into()),
        other => other?,
    };
    Ok(agent_list_locked(batch.tx, by.org, &[seen.agent_no]).await?.pop().ok_or(store::Error::NotFound)?)
}

async fn wake(batch: &mut Batch<'_>, by: &By, agent_no: i64) -> store::Result<()> {
    for source_no in store::agent::agent_pools(batch.tx, by.org, agent_no).await? {
        batch.wake(by.org, source_no);
    }
    Ok(())
}

/// A user is one agent at most, and exists.
async fn check_user(batch: &Batch<'_>, by: &By, user: Option<UserId>, own: Option<i64>) -> Result<(), Stop> {
    let Some(user) = user else { return Ok(()) };
    let invalid = |message: &str| Refusal::Invalid { field: "user_id", message: message.to_owned() };
    match store::user::user_fetch(batch.tx, by.org, user).await {
        Err(store::Error::NotFound) => return Err(invalid("no such user").into()),
        other => other?,
    };
    match store::agent::agent_of_user(batch.tx, by.org, user).await? {
        Some(agent_no) if Some(agent_no) != own => Err(invalid("is another agent already").into()),
        _ => Ok(()),
    }
}

impl AgentSettings {
    fn check(&self) -> Result<(), Refusal> {
        let invalid = |field, message: &str| Err(Refusal::Invalid { field, message: message.to_owned() });
        if self.name.as_ref().is_some_and(|name| name.trim().is_empty() || name.chars().count() > 200) {
            return invalid("name", "must have 1 to 200 characters");
        }
        let bad = |cap: Option<Option<i64>>| cap.flatten().is_some_and(|cap| cap < 0);
        if bad(self.daily_cap) || bad(self.open_cap) {
            return invalid("daily_cap", "must not be negative");
        }
        if let Some(zone) = self.availability.as_ref().and_then(|a| a.timezone.as_deref())
            && jiff::tz::TimeZone::get(zone).is_err()
        {
            return invalid("availability.timezone", "is not an IANA time zone");
        }
        Ok(())
    }

    fn apply(&self, agent: &mut Agent) {
        let settings = self.clone();
        if let Some(name) = settings.name {
            agent.name = name.trim().to_owned();
        }
        agent.email = settings.email.unwrap_or(agent.email.take());
        agent.user_id = settings.user.unwrap_or(agent.user_id);
        agent.active = settings.active.unwrap_or(agent.active);
        agent.weight = settings.weight.unwrap_or(agent.weight);
        agent.daily_cap = settings.daily_cap.unwrap_or(agent.daily_cap);
        agent.open_cap = settings.open_cap.unwrap_or(agent.open_cap);
        if let Some(mut skills) = settings.skills {
            skills.iter_mut().for_each(|skill| *skill = skill.trim().to_lowercase());
            skills.retain(|skill| !skill.is_empty());
            skills.sort_unstable();
            skills.dedup();
            agent.skills = skills;
        }
        if let Some(availability) = settings.availability {
            agent.availability = availability;
        }
    }
}
