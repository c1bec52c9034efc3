//! The frame around every page: rail, top bar, toasts.

use crate::console::assets;
use crate::console::ui::icon::{self, Icon};
use crate::console::visit::{Flash, Look, Me};
use maud::{DOCTYPE, Markup, html};
use model::Role;

/// A place in the rail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    Overview,
    Leads,
    Assign,
    Import,
    Agents,
    Settings,
    /// An agent's own leads.
    Work,
    Notifications,
    /// The visitor's own settings; not in the rail.
    Account,
}

impl Room {
    const fn entry(self) -> (&'static str, &'static str, Icon) {
        match self {
            Self::Overview => ("/", "Overview", Icon::Overview),
            Self::Leads => ("/leads", "Leads", Icon::Leads),
            Self::Assign => ("/assign", "Assign", Icon::Assign),
            Self::Import => ("/import", "Import", Icon::Import),
            Self::Agents => ("/agents", "Agents", Icon::Agents),
            Self::Settings => ("/settings", "Settings", Icon::Settings),
            Self::Work => ("/my-leads", "My leads", Icon::Work),
            Self::Notifications => ("/notifications", "Notifications", Icon::Bell),
            Self::Account => ("/account", "Account", Icon::Person),
        }
    }

    /// What a role finds in its rail.
    const fn of(role: Role) -> &'static [Self] {
        match role {
            Role::Admin | Role::Manager => {
                &[Self::Overview, Self::Leads, Self::Assign, Self::Import, Self::Agents, Self::Settings]
            }
            Role::Agent => &[Self::Work, Self::Notifications],
            Role::Provider => &[Self::Notifications],
        }
    }
}

/// What a page tells its frame.
pub(super) struct Frame<'a> {
    pub(super) me: &'a Me,
    pub(super) room: Room,
    pub(super) title: &'a str,
    pub(super) flash: Option<&'a Flash>,
}

const fn theme(look: Look) -> Option<&'static str> {
    match look {
        Look::System => None,
        Look::Light => Some("light"),
        Look::Dark => Some("dark"),
    }
}

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="description" content="Fairlead gives every lead to the right person, fairly, at once.";
            title { (title) " · Fairlead" }
            link rel="stylesheet" href=(assets::path("app.css"));
            link rel="icon" type="image/svg+xml" href=(assets::path("icon.svg"));
            script type="module" src=(assets::path("app.js")) {}
        }
    }
}

/// A whole page.
pub(super) fn page(frame: &Frame<'_>, body: &Markup) -> Markup {
    let me = frame.me;
    html! {
        (DOCTYPE)
        html lang="en" data-theme=[theme(me.look)] data-role=(me.role.as_str()) data-cursor=(me.cursor) {
            (head(frame.title))
            body {
                a.skip href="#main" { "Skip to the content" }
                (rail(me, frame.room))
                div.stage {
                    (top_bar(me))
                    main #main tabindex="-1" { (body) }
                }
                (toasts(frame.flash))
            }
        }
    }
}

/// A page without rail: before the sign-in, and when something went wrong.
pub(crate) fn bare(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(title))
            body.bare {
                main #main.sheet tabindex="-1" {
                    p.brand { (icon::mark()) span { "Fairlead" } }
                    (body)
                }
                (toasts(None))
            }
        }
    }
}

fn rail(me: &Me, room: Room) -> Markup {
    html! {
        nav.rail aria-label="Main" {
            a.brand href="/" aria-label="Fairlead: start page" { (icon::mark()) span { "Fairlead" } }
            ul {
                @for &place in Room::of(me.role) {
                    @let (path, name, picture) = place.entry();
                    li {
                        a href=(path) aria-current=[(place == room).then_some("page")] {
                            (picture.svg()) span { (name) }
                        }
                    }
                }
            }
        }
    }
}

fn top_bar(me: &Me) -> Markup {
    let staff = matches!(me.role, Role::Admin | Role::Manager);
    html! {
        header.top {
            span.organization title=(me.organization) { (me.organization) }
            @if staff || me.role == Role::Agent {
                form.search role="search" action="/leads" method="get" {
                    label.visually-hidden for="search" { "Search leads by name, phone, e-mail or number" }
                    (Icon::Search.svg())
                    input #search type="search" name="q" placeholder="Search leads" autocomplete="off"
                        aria-keyshortcuts="/";
                    kbd aria-hidden="true" { "/" }
                }
            }
            div.top-end {
                span #live.live data-state="connecting" role="status" {
                    span.dot aria-hidden="true" {}
                    span.live-word { "Connecting" }
                }
                (bell(me.unread))
                (person(me))
            }
        }
    }
}

fn bell(unread: i64) -> Markup {
    let label =
        if unread > 0 { format!("Notifications, {unread} unread") } else { "Notifications".to_owned() };
    let shown = if unread > 99 { "99+".to_owned() } else { unread.to_string() };
    html! {
        a.bell href="/notifications" aria-label=(label) {
            (Icon::Bell.svg())
            span #unread.count hidden[unread == 0] { @if unread > 0 { (shown) } }
        }
    }
}

fn person(me: &Me) -> Markup {
    let chosen = |look: Look| (me.look == look).then_some("true");
    html! {
        details.menu {
            summary aria-label={ "Menu of " (me.name) } {
                span.avatar aria-hidden="true" { (initials(&me.name)) }
            }
            div.menu-sheet {
                p.menu-who { strong { (me.name) } span.muted { (me.email) } span.muted { (role_word(me.role)) " · " (me.organization) } }
                a href="/account" { "Account" }
                div.choice role="group" aria-label="Theme" {
                    span.muted { "Theme" }
                    button type="button" data-theme-choice="system" aria-pressed=[chosen(Look::System)] { "System" }
                    button type="button" data-theme-choice="light" aria-pressed=[chosen(Look::Light)] { "Light" }
                    button type="button" data-theme-choice="dark" aria-pressed=[chosen(Look::Dark)] { "Dark" }
                }
                div.choice role="group" aria-label="Dates" {
                    span.muted { "Dates" }
                    button type="button" data-dates-choice="words" aria-pressed=[(!me.clock.is_iso()).then_some("true")] { "5 Nov" }
                    button type="button" data-dates-choice="iso" aria-pressed=[me.clock.is_iso().then_some("true")] { "2026-11-05" }
                }
                form method="post" action="/sign-out" data-plain { button.link type="submit" { "Sign out" } }
            }
        }
    }
}

const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Admin => "Admin",
        Role::Manager => "Manager",
        Role::Agent => "Agent",
        Role::Provider => "Provider",
    }
}

/// `Meera Sethi` → `MS`.
pub(crate) fn initials(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let first = words.first().and_then(|word| word.chars().next());
    let last = words.get(1..).and_then(<[&str]>::last).and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

fn toasts(flash: Option<&Flash>) -> Markup {
    html! {
        div #toasts.toasts role="status" aria-live="polite" {
            @if let Some(flash) = flash {
                div.toast data-kind=(if flash.good { "good" } else { "bad" }) {
                    @if flash.good { (Icon::Check.svg()) } @else { (Icon::Warning.svg()) }
                    p { (flash.text) }
                }
            }
        }
    }
}
