//! The parts of one lead, on whatever page it stands.

mod facts;
mod form;
mod refused;
mod results;
mod story;
mod why;

pub(crate) use facts::{contact, details, money, name_of, place, reached};
pub(crate) use form::{Form, GROUPS, payload};
pub(crate) use refused::{refused, refused_words};
pub(crate) use results::{reported, results, told};
pub(crate) use story::{names, story};
pub(crate) use why::why;

/// `/leads/L-000123`.
pub(crate) fn path(lead_no: i64) -> String {
    format!("/leads/{}", model::lead::uid(lead_no))
}
