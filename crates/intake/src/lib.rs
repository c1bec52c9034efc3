//! Intake: decode a file or a payload, map its columns, normalise, validate. What comes out is a
//! [`model::LeadDraft`], or the reason why not.
//!
//! What belongs here: everything that reads what others wrote. What never will: async, clocks, network, database,
//! duplicate checks against stored leads (the engine has those).
//!
//! A file goes through [`preview::inspect`] (format and mapping, frozen with the import), then [`rows::RowReader`]
//! or [`workbook::WorkbookRows`], then [`convert::RowConverter`]. A request goes through [`payload`].

#![warn(missing_docs)]

pub mod convert;
pub mod email;
pub mod export;
pub mod fault;
pub mod fields;
pub mod format;
pub mod payload;
pub mod phone;
pub mod preview;
pub mod rows;
mod text;
pub mod workbook;

pub use convert::{RowConverter, RowProblem};
pub use fault::FileError;
pub use fields::{Field, Mapping};
pub use format::Format;
pub use payload::{FieldError, LeadPayload};
pub use preview::Preview;
pub use rows::{Resume, Row, RowReader, Rows};
