//! The terminal: what is written, how wide, in which colours.
//!
//! What belongs here: paint, tables, bars, progress, words for times and numbers. What never will: leads and agents
//! (`report`).

mod bar;
mod number;
mod out;
mod paint;
mod progress;
mod table;
mod time;

pub(crate) use bar::{bar, two_bars};
pub(crate) use number::{grouped, megabytes, names, percent, plural, seconds};
pub(crate) use out::Out;
pub(crate) use paint::Paint;
pub(crate) use progress::{BacklogProgress, ImportProgress, piece_of};
pub(crate) use table::{Align, Table};
pub(crate) use time::Clock;
