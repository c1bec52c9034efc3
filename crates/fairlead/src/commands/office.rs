//! An open database with a running engine, and the organisation a command works for.

use crate::commands::{Context, now};
use crate::ending::{Unreachable, usage};
use crate::term::Clock;
use anyhow::Context as _;
use engine::organization::EnsureOrganization;
use engine::{By, Engine, Settings};
use model::{Micros, OrgId};
use store::organization::{Organization, organization_list};
use store::user::User;
use store::{Reader, Target};

/// What is made when it is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Neither database nor organisation: the command only makes sense with both.
    Nothing,
    /// The database, and the first organisation when there is none.
    First,
    /// Also the organisation that was named.
    Named,
}

/// A command's place of work.
pub(crate) struct Office {
    pub(crate) engine: Engine,
    pub(crate) organization: Organization,
    /// The organisation was made just now.
    pub(crate) created: bool,
    pub(crate) by: By,
    pub(crate) clock: Clock,
    pub(crate) target: Target,
}

impl Office {
    /// Opens, migrates and finds the organisation.
    pub(crate) async fn open(context: &Context, missing: Missing) -> anyhow::Result<Self> {
        let target = context.config.target()?;
        let engine = open_engine(&target, missing != Missing::Nothing, context.config.settings()).await?;
        let (organization, created) = organization(context, &engine, missing).await?;
        Ok(Self {
            by: By::system(organization.org),
            clock: Clock::new(&organization.timezone),
            engine,
            target,
            organization,
            created,
        })
    }

    pub(crate) fn reader(&self) -> &Reader {
        self.engine.reader()
    }

    pub(crate) fn org(&self) -> OrgId {
        self.organization.org
    }

    /// The user with this e-mail.
    pub(crate) async fn user(&self, email: &str) -> anyhow::Result<User> {
        match store::user::user_fetch_email(self.reader(), self.org(), email).await {
            Err(store::Error::NotFound) => {
                let slug = &self.organization.slug;
                Err(usage(format!(
                    "no user of {slug} has the e-mail {email}: add one with `fairlead user add`"
                )))
            }
            other => other.context("cannot look for the user"),
        }
    }

    pub(crate) fn now(&self) -> Micros {
        self.engine.now()
    }

    /// `Created the organisation …`, where it was.
    pub(crate) fn told_creation(&self) -> Option<String> {
        let Organization { name, slug, timezone, region, .. } = &self.organization;
        self.created.then(|| {
            format!("Created the organisation {name} ({slug}; time zone {timezone}, region {region}).")
        })
    }

    /// Lets everything that was handed over reach the disk.
    pub(crate) async fn close(self) {
        self.engine.shutdown().await;
    }
}

/// Brings the database to the newest schema and starts the engine.
pub(crate) async fn open_engine(target: &Target, create: bool, settings: Settings) -> anyhow::Result<Engine> {
    if let Some(file) = target.file()
        && !create
        && !file.exists()
    {
        return Err(anyhow::Error::new(Unreachable(format!(
            "there is no database at {} yet; `fairlead demo` shows one, `fairlead import` and `fairlead serve` make one",
            file.display()
        ))));
    }
    start_engine(target, engine::system_clock(), settings).await
}

/// The same on a clock of one's own, for a database that may be made.
pub(crate) async fn start_engine(
    target: &Target,
    clock: engine::Clock,
    settings: engine::Settings,
) -> anyhow::Result<Engine> {
    let opening = || format!("cannot open the {}", target.describe());
    store::migrate::migrate(target, now()).await.with_context(opening)?;
    Engine::start(target, clock, settings).await.with_context(opening)
}

async fn organization(
    context: &Context,
    engine: &Engine,
    missing: Missing,
) -> anyhow::Result<(Organization, bool)> {
    let all = organization_list(engine.reader()).await.context("cannot read the organisations")?;
    let wanted = context.global.org.as_deref();
    let found = match wanted {
        Some(slug) => all.iter().find(|organization| organization.slug == slug),
        None => all.first(),
    };
    if let Some(found) = found {
        return Ok((found.clone(), false));
    }
    let may_create = missing == Missing::Named || (missing == Missing::First && all.is_empty());
    if !may_create {
        let known: Vec<&str> = all.iter().map(|organization| organization.slug.as_str()).collect();
        return Err(usage(match (wanted, known.is_empty()) {
            (_, true) => "the database has no organisation yet: add a user or import a file first".to_owned(),
            (Some(slug), false) => {
                format!("no organisation is called {slug:?} (there are: {})", known.join(", "))
            }
            (None, false) => "no organisation was found".to_owned(),
        }));
    }
    let new = &context.config.organization;
    let ensure = EnsureOrganization {
        slug: wanted.unwrap_or(&new.slug).to_owned(),
        name: wanted.unwrap_or(&new.name).to_owned(),
        timezone: new.timezone.clone(),
        region: new.region.clone(),
    };
    let made = engine.run(&By::system(OrgId(0)), ensure).await.context("cannot create the organisation")?;
    Ok((made, true))
}
