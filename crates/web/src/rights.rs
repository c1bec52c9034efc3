//! Who may do what: the one matrix, role against class of route.

use crate::app::App;
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use engine::{By, Scope};
use model::Role;
use std::marker::PhantomData;
use std::sync::Arc;
use store::user::Caller;

/// What a route touches. Every route but health and documentation has exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Leads that exist: reading, correcting, working, handing back.
    Leads,
    /// An agent's own presence.
    Presence,
    /// The live feed: open to everybody, filtered event by event.
    Live,
    /// Creating and giving out leads; imports, agents, sources, auto-assign, history, statistics, jobs; reading the
    /// organisation.
    Staff,
    /// Users, tokens, changing the organisation, endpoints, the audit log.
    Admin,
    /// What everybody has of their own: account, sessions, notifications.
    Own,
}

/// How far a role reaches in a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Everything in the organisation.
    All,
    /// Its own; what belongs to others does not exist (404).
    Own,
    /// Nothing (403).
    None,
}

/// The matrix.
pub const fn reach(role: Role, class: Class) -> Reach {
    match (role, class) {
        (_, Class::Own) => Reach::Own,
        (Role::Admin, _) => Reach::All,
        (Role::Manager, Class::Admin) => Reach::None,
        (Role::Manager, _) => Reach::All,
        (Role::Agent, Class::Leads | Class::Presence | Class::Live) => Reach::Own,
        (Role::Provider, Class::Live) => Reach::Own,
        (Role::Agent, Class::Staff | Class::Admin) => Reach::None,
        (Role::Provider, _) => Reach::None,
    }
}

/// A class as a type, for [`Who`].
pub(crate) trait Classed: Send + 'static {
    const CLASS: Class;
}

macro_rules! classed {
    ($($(#[$meta:meta])* $name:ident),+) => {
        $($(#[$meta])* pub(crate) struct $name; impl Classed for $name { const CLASS: Class = Class::$name; })+
    };
}
classed!(
    /// [`Class::Leads`].
    Leads,
    /// [`Class::Presence`].
    Presence,
    /// [`Class::Live`].
    Live,
    /// [`Class::Staff`].
    Staff,
    /// [`Class::Admin`].
    Admin,
    /// [`Class::Own`].
    Own
);

/// The caller, allowed to use a route of class `C`. The only way to a [`By`]: a route that asks for none can touch
/// nothing.
pub(crate) struct Who<C: Classed> {
    pub(crate) caller: Arc<Caller>,
    pub(crate) scope: Scope,
    class: PhantomData<C>,
}

impl<C: Classed> Who<C> {
    pub(crate) fn org(&self) -> model::OrgId {
        self.caller.org
    }

    pub(crate) fn by(&self) -> By {
        By { org: self.caller.org, actor: self.caller.user.to_string(), scope: self.scope }
    }
}

impl<C: Classed> FromRequestParts<App> for Who<C> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = app.tokens().caller(app, &parts.headers).await?;
        let scope = match (reach(caller.role, C::CLASS), caller.agent_no) {
            (Reach::All, _) => Scope::All,
            (Reach::Own, Some(agent_no)) => Scope::Agent(agent_no),
            (Reach::Own, None) => Scope::Nothing,
            (Reach::None, _) => return Err(Problem::forbidden()),
        };
        Ok(Self { caller, scope, class: PhantomData })
    }
}
