//! Standard output: people's lines, or one JSON object for scripts. A reader that goes away is a quiet end (`main`
//! sees the broken pipe and leaves with 0).

use crate::term::Paint;
use serde::Serialize;
use std::io::{self, IsTerminal, Write};

/// Where a command writes.
pub(crate) struct Out {
    /// How text may be decorated.
    pub(crate) paint: Paint,
    /// Somebody watches: bars and redrawn screens make sense.
    pub(crate) terminal: bool,
    json: bool,
}

impl Out {
    pub(crate) fn new(json: bool) -> Self {
        let terminal = io::stdout().is_terminal() && !json;
        Self { paint: Paint::of_terminal(terminal), terminal, json }
    }

    /// The caller is a script.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// A line, or several, for people; nothing of an empty text.
    pub(crate) fn say(&self, text: impl AsRef<str>) -> io::Result<()> {
        let text = text.as_ref();
        if self.json || text.is_empty() {
            return Ok(());
        }
        let end = if text.ends_with('\n') { "" } else { "\n" };
        self.raw(&format!("{text}{end}"))
    }

    /// An empty line between two parts.
    pub(crate) fn gap(&self) -> io::Result<()> {
        self.say("\n")
    }

    /// The one JSON object of a command, for scripts.
    pub(crate) fn object(&self, object: &impl Serialize) -> io::Result<()> {
        if !self.json {
            return Ok(());
        }
        let text = serde_json::to_string(object).map_err(io::Error::other)?;
        self.raw(&format!("{text}\n"))
    }

    /// Exactly this, whoever reads: a token, a CSV, a frame.
    pub(crate) fn raw(&self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }
}
