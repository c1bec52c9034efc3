//! The faces: the JSON API, its documentation, health and figures.
//!
//! What belongs here: parsing a request, handing it to the engine (or reading from the store), writing the answer.
//! What never will: a rule, SQL, a second door to the data.

mod account;
mod agent;
mod answer;
mod app;
mod assignment;
mod audit;
mod auth;
mod auto_assign;
mod body;
mod console;
mod cookie;
mod csv;
mod edge;
mod health;
mod import;
mod job;
mod keyed;
mod lead;
mod lead_list;
mod lead_view;
mod live;
mod metrics;
mod notification;
mod openapi;
mod organization;
mod origin;
mod page;
mod params;
mod peer;
mod problem;
mod rights;
mod schema;
mod seed_alias;
mod serve;
mod session;
mod source;
mod stats;
mod stats_overview;
mod timeline;
mod token;
mod upload;
mod user;
mod webhook;

pub use app::{App, AppOptions};
pub use live::LiveOptions;
pub use openapi::router;
pub use rights::{Class, Reach, reach};
pub use serve::serve;
