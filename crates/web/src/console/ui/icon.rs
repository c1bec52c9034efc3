//! Icons of our own, drawn with a few strokes on a 20 × 20 grid. They decorate a word; alone they get a label.

use maud::{Markup, PreEscaped, html};

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Overview,
    Leads,
    Assign,
    Import,
    Agents,
    Settings,
    Work,
    Bell,
    Person,
    Search,
    Check,
    Cross,
    Warning,
    Info,
    Circle,
    Half,
    Clock,
    Phone,
    Again,
    Copy,
    Plus,
    Back,
    Download,
    Mail,
    Tag,
    Link,
    Key,
    Bolt,
    Pause,
    Trash,
    Note,
    Eye,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Overview => "M3 17V9m4.7 8V3m4.6 14v-6M17 17V6",
            Self::Leads => "M3 5h14M3 10h14M3 15h9",
            Self::Assign => "M4 10h5m0 0 4-5h3m-7 5 4 5h3M4 10m-1.5 0a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0",
            Self::Import => "M10 3v9m0 0 3.5-3.5M10 12 6.5 8.5M3 13v3.5h14V13",
            Self::Agents | Self::Person => {
                "M10 10.5a3.5 3.5 0 1 0 0-7a3.5 3.5 0 0 0 0 7M3.5 17c.6-3.4 3.2-5 6.5-5s5.9 1.6 6.5 5"
            }
            Self::Settings => {
                "M3 6h7m4 0h3M3 14h3m4 0h7M12 6m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M8 14m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0"
            }
            Self::Work => "M4 6.5h12v10H4zM7.5 6.5V4h5v2.5M4 11h12",
            Self::Bell => "M5 14V9a5 5 0 0 1 10 0v5l1.5 1.5h-13zM8.5 17.5h3",
            Self::Search => "M9 14.5a5.5 5.5 0 1 0 0-11a5.5 5.5 0 0 0 0 11M13 13l4 4",
            Self::Check => "M4 10.5 8 14.5 16 5.5",
            Self::Cross => "M5 5l10 10M15 5 5 15",
            Self::Warning => "M10 3 2.5 16.5h15zM10 8v4M10 14.2v.3",
            Self::Info => "M10 17a7 7 0 1 0 0-14a7 7 0 0 0 0 14M10 9v5M10 6.3v.3",
            Self::Circle => "M10 15.5a5.5 5.5 0 1 0 0-11a5.5 5.5 0 0 0 0 11",
            Self::Half => "M10 15.5a5.5 5.5 0 1 0 0-11a5.5 5.5 0 0 0 0 11M10 7.5v2.7l1.8 1.3",
            Self::Clock => "M10 17a7 7 0 1 0 0-14a7 7 0 0 0 0 14M10 6v4.3l3 1.7",
            Self::Phone => {
                "M5 3.5h3l1.2 3.5L7.5 8.5c.8 1.8 2.2 3.2 4 4l1.5-1.7 3.5 1.2v3c-6.5 1-12.5-5-11.5-11.5"
            }
            Self::Again => "M15.5 8A6 6 0 1 0 16 11.5M16 4v4h-4",
            Self::Copy => "M7 7h9v9H7zM4 13V4h9",
            Self::Plus => "M10 4v12M4 10h12",
            Self::Back => "M16 10H4m0 0 4-4m-4 4 4 4",
            Self::Download => "M10 3v9m0 0 3.5-3.5M10 12 6.5 8.5M4 16.5h12",
            Self::Mail => "M3 5h14v10H3zM3 6l7 5 7-5",
            Self::Tag => "M3 3h7l7 7-7 7-7-7zM6.5 6.5v.2",
            Self::Link => {
                "M8.5 11.5 13 7m-4.5-1 1.7-1.7a3.2 3.2 0 0 1 4.5 4.5L13 10.5M11.5 14l-1.7 1.7a3.2 3.2 0 0 1-4.5-4.5L7 9.5"
            }
            Self::Key => "M7 13.5a3.5 3.5 0 1 0 0-7a3.5 3.5 0 0 0 0 7M10.5 10H17v3M14 10v2",
            Self::Bolt => "M11 3 5 11.5h4.5L9 17l6-8.5h-4.5z",
            Self::Pause => "M7 4v12M13 4v12",
            Self::Trash => "M4 6h12M8 6V4h4v2M5.5 6l.8 11h7.4l.8-11M8.5 9v5M11.5 9v5",
            Self::Note => "M4 3h12v10l-4 4H4zM16 13h-4v4M7 7h6M7 10h4",
            Self::Eye => {
                "M2.5 10c2-3.5 4.5-5 7.5-5s5.5 1.5 7.5 5c-2 3.5-4.5 5-7.5 5s-5.5-1.5-7.5-5M10 12a2 2 0 1 0 0-4a2 2 0 0 0 0 4"
            }
        }
    }

    /// The drawing.
    pub(crate) fn svg(self) -> Markup {
        html! { svg.icon viewBox="0 0 20 20" aria-hidden="true" { path d=(self.path()) {} } }
    }
}

/// Fairlead's mark: two ropes led fairly through one ring.
pub(crate) fn mark() -> Markup {
    const PATHS: &str = r#"<circle cx="14" cy="14" r="8.5"/><path d="M2 9.5c5 0 7 4.5 12 4.5s7-4.5 12-4.5M2 18.5c5 0 7-4.5 12-4.5s7 4.5 12 4.5"/>"#;
    html! { svg.mark viewBox="0 0 28 28" aria-hidden="true" { (PreEscaped(PATHS)) } }
}
