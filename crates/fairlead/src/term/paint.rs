//! Colours and emoji: on a terminal only, and never against `NO_COLOR`.

/// How text may be decorated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint {
    colour: bool,
    emoji: bool,
}

impl Paint {
    #[cfg(test)]
    pub(crate) const fn plain() -> Self {
        Self { colour: false, emoji: false }
    }

    /// For a terminal, as the environment wishes.
    pub(crate) fn of_terminal(terminal: bool) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let emoji = terminal && !dumb;
        Self { colour: emoji && !set("NO_COLOR"), emoji }
    }

    /// More than ASCII may be used to draw.
    pub(crate) const fn draws(self) -> bool {
        self.emoji
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    pub(crate) fn green(self, text: &str) -> String {
        self.wrap("32", text)
    }

    pub(crate) fn yellow(self, text: &str) -> String {
        self.wrap("33", text)
    }

    pub(crate) fn red(self, text: &str) -> String {
        self.wrap("31", text)
    }

    pub(crate) fn cyan(self, text: &str) -> String {
        self.wrap("36", text)
    }

    /// A line that opens a part: emoji, then bold words.
    pub(crate) fn heading(self, emoji: &str, text: &str) -> String {
        format!("{}{}", self.emoji(emoji), self.bold(text))
    }

    /// The emoji and a space, or nothing.
    pub(crate) fn emoji(self, emoji: &str) -> String {
        if self.emoji { format!("{emoji} ") } else { String::new() }
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    #[cfg(test)]
    pub(crate) const fn rich() -> Self {
        Self { colour: true, emoji: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_plain() {
        assert_eq!(Paint::plain().heading("🎯", "META"), "META");
        assert_eq!(Paint::rich().heading("🎯", "META"), "🎯 \x1b[1mMETA\x1b[0m");
        assert_eq!(Paint::of_terminal(false), Paint::plain());
    }
}
