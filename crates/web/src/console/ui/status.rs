//! A lead's status: colour, icon and word together, never colour alone.

use super::icon::Icon;
use maud::{Markup, html};
use model::Status;

/// The word for people.
pub(crate) const fn status_word(status: Status) -> &'static str {
    match status {
        Status::New => "New",
        Status::Pending => "Pending",
        Status::Contacted => "Contacted",
        Status::Callback => "Callback",
        Status::NoAnswer => "No answer",
        Status::Busy => "Busy",
        Status::Failed => "Failed",
        Status::Dropped => "Dropped",
        Status::Congestion => "Congestion",
        Status::Voicemail => "Voicemail",
        Status::Sale => "Sale",
        Status::NotInterested => "Not interested",
        Status::Dnc => "Do not call",
        Status::Invalid => "Invalid",
        Status::Exhausted => "Exhausted",
    }
}

/// Open is neutral, worked (it can be called again) green, final red; a sale has the accent.
const fn kind(status: Status) -> (&'static str, Icon) {
    match status {
        Status::New => ("open", Icon::Circle),
        Status::Pending => ("open", Icon::Half),
        Status::Callback => ("work", Icon::Clock),
        Status::Contacted | Status::Voicemail => ("work", Icon::Phone),
        Status::NoAnswer | Status::Busy | Status::Failed | Status::Dropped | Status::Congestion => {
            ("work", Icon::Again)
        }
        Status::Sale => ("won", Icon::Check),
        Status::NotInterested | Status::Dnc | Status::Invalid | Status::Exhausted => ("final", Icon::Cross),
    }
}

/// The pill of a status.
pub(crate) fn status(status: Status) -> Markup {
    let (kind, icon) = kind(status);
    html! { span.pill data-kind=(kind) { (icon.svg()) (status_word(status)) } }
}
