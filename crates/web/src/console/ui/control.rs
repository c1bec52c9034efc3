//! Parts one can press, choose from or type into. Every field has a label, and says what is wrong with it beside it.

use super::icon::Icon;
use maud::{Markup, html};

/// What a button means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// The one action of the screen.
    Primary,
    Plain,
    /// Takes something away.
    Danger,
    /// Only words.
    Quiet,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button primary",
            Self::Plain => "button",
            Self::Danger => "button danger",
            Self::Quiet => "button quiet",
        }
    }
}

/// Sends its form; named by the result.
pub(crate) fn submit(tone: Tone, text: &str) -> Markup {
    html! { button class=(tone.class()) type="submit" { (text) } }
}

/// A link that looks like a button.
pub(crate) fn button_link(tone: Tone, icon: Option<Icon>, text: &str, path: &str) -> Markup {
    html! { a class=(tone.class()) href=(path) { @if let Some(icon) = icon { (icon.svg()) } (text) } }
}

/// A value that is sent but not shown.
pub(crate) fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// A field of one line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    /// `text`, `email`, `password`, `number`, `date`, `datetime-local`, `time`, `url`, `search`, `tel`.
    pub(crate) kind: &'a str,
    pub(crate) value: &'a str,
    pub(crate) hint: &'a str,
    pub(crate) error: Option<&'a str>,
    pub(crate) required: bool,
    /// What browsers may fill in: `email`, `current-password`, `off`, …
    pub(crate) autocomplete: &'a str,
}

impl<'a> Field<'a> {
    /// A text field.
    pub(crate) const fn text(name: &'a str, label: &'a str, value: &'a str) -> Self {
        Self { name, label, kind: "text", value, hint: "", error: None, required: false, autocomplete: "off" }
    }

    /// A field of another kind.
    pub(crate) const fn kind(self, kind: &'a str) -> Self {
        Self { kind, ..self }
    }

    /// With a line of help.
    pub(crate) const fn hint(self, hint: &'a str) -> Self {
        Self { hint, ..self }
    }

    /// With what is wrong.
    pub(crate) const fn error(self, error: Option<&'a str>) -> Self {
        Self { error, ..self }
    }

    /// That must be filled in.
    pub(crate) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// That browsers may fill in.
    pub(crate) const fn autocomplete(self, autocomplete: &'a str) -> Self {
        Self { autocomplete, ..self }
    }

    fn described(&self) -> Option<String> {
        let error = self.error.map(|_| format!("{}-error", self.name));
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        let both: Vec<String> = error.into_iter().chain(hint).collect();
        (!both.is_empty()).then(|| both.join(" "))
    }

    fn around(&self, control: &Markup) -> Markup {
        html! {
            div.field {
                label for={ "f-" (self.name) } { (self.label) @if !self.required && self.kind == "email" { "" } }
                (control)
                @if let Some(error) = self.error { p.field-error id={ (self.name) "-error" } { (Icon::Warning.svg()) (error) } }
                @if !self.hint.is_empty() { p.hint id={ (self.name) "-hint" } { (self.hint) } }
            }
        }
    }
}

/// A field of one line with its label, hint and error.
pub(crate) fn field(f: Field<'_>) -> Markup {
    f.around(&html! {
        input id={ "f-" (f.name) } type=(f.kind) name=(f.name) value=(f.value) required[f.required] autocomplete=(f.autocomplete)
            aria-invalid=[f.error.map(|_| "true")] aria-describedby=[f.described()];
    })
}

/// A field of several lines.
pub(crate) fn text_area(f: Field<'_>, rows: u32) -> Markup {
    f.around(&html! {
        textarea id={ "f-" (f.name) } name=(f.name) rows=(rows) required[f.required]
            aria-invalid=[f.error.map(|_| "true")] aria-describedby=[f.described()] { (f.value) }
    })
}

/// A value and its name in a list of choices.
pub(crate) type Choice<'a> = (&'a str, &'a str);

/// One of a few, as a drop-down.
pub(crate) fn select(f: Field<'_>, choices: &[Choice<'_>]) -> Markup {
    f.around(&html! {
        select id={ "f-" (f.name) } name=(f.name) required[f.required] aria-invalid=[f.error.map(|_| "true")]
            aria-describedby=[f.described()] {
            @for (value, name) in choices { option value=(value) selected[*value == f.value] { (name) } }
        }
    })
}

/// One of two to four, all visible.
pub(crate) fn choices(name: &str, label: &str, value: &str, choices: &[Choice<'_>]) -> Markup {
    html! {
        fieldset.choices {
            legend { (label) }
            div.segments {
                @for (choice, text) in choices {
                    label { input type="radio" name=(name) value=(choice) checked[*choice == value]; span { (text) } }
                }
            }
        }
    }
}

/// On or off; green when on.
pub(crate) fn switch(name: &str, label: &str, on: bool) -> Markup {
    html! {
        label.switch {
            input type="checkbox" role="switch" name=(name) value="on" checked[on];
            span.track aria-hidden="true" {}
            span { (label) }
        }
    }
}

/// A place to drop a file, or choose one.
pub(crate) fn file_drop(name: &str, label: &str, hint: &str, accept: &str) -> Markup {
    html! {
        label.drop {
            (Icon::Import.svg())
            span.drop-label { (label) }
            span.muted { (hint) }
            input type="file" name=(name) accept=(accept) required;
        }
    }
}

/// A secret or address to take along, with a button that copies it.
pub(crate) fn copy_field(label: &str, value: &str) -> Markup {
    html! {
        div.copy {
            label { span { (label) } input.code type="text" readonly value=(value) data-select; }
            button.button type="button" data-action="copy" data-value=(value) { (Icon::Copy.svg()) "Copy" }
        }
    }
}

/// A dialog that says what will happen, and the button that opens it. `form` is posted to `action` when confirmed.
pub(crate) fn confirm(
    id: &str,
    open: &Markup,
    title: &str,
    text: &Markup,
    action: &str,
    confirm: (&str, Tone),
) -> Markup {
    html! {
        (open)
        dialog id=(id) aria-labelledby={ (id) "-title" } {
            form method="post" action=(action) {
                h2 id={ (id) "-title" } { (title) }
                div { (text) }
                div.dialog-end {
                    button.button type="button" data-action="close" { "Cancel" }
                    (submit(confirm.1, confirm.0))
                }
            }
        }
    }
}
