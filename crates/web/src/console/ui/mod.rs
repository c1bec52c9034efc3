//! The parts pages are made of: one function each, shown together on `/ui` in debug builds.
//!
//! Colours, sizes and states live in the stylesheet; a part only says what something is.

pub(crate) mod chart;
mod clock;
mod control;
pub(crate) mod icon;
mod show;
mod status;
mod table;
mod words;

pub(crate) use clock::Clock;
pub(crate) use control::{
    Choice, Field, Tone, button_link, choices, confirm, copy_field, field, file_drop, hidden, select, submit,
    switch, text_area,
};
pub(crate) use show::{
    NONE, bar, breadcrumb, card, chip, empty, heading, meter, note, number, pill, presence, progress, stat,
    tabs, timeline_item,
};
pub(crate) use status::{status, status_word};
pub(crate) use table::{Column, Pages, pages, table};
pub(crate) use words::{bytes, grouped, names, percent, plural, seconds, sentence};
