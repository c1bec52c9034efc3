//! The fields of a lead in a form: for a new one, and for corrections.

use crate::console::fields::Fields;
use crate::console::ui::{self, Field};
use engine::intake::FieldError;
use engine::intake::payload::{Amount, ContactPayload, LeadPayload, LocationPayload};
use maud::{Markup, html};

/// A field: its name in the API, its label, how it is typed.
pub(crate) type Value = (&'static str, &'static str, &'static str);

/// The fields in their groups.
pub(crate) const GROUPS: &[(&str, &[Value])] = &[
    (
        "Person",
        &[
            ("contact.name", "Name", "text"),
            ("contact.phone", "Phone", "tel"),
            ("contact.email", "E-mail", "email"),
        ],
    ),
    (
        "Enquiry",
        &[
            ("title", "Wants", "text"),
            ("category", "Category", "text"),
            ("value", "Value", "text"),
            ("urgency", "Urgency", "urgency"),
            ("required_skills", "Skills needed", "text"),
            ("description", "In full", "area"),
        ],
    ),
    (
        "Place",
        &[
            ("location.suburb", "Suburb", "text"),
            ("location.city", "City", "text"),
            ("location.postal_code", "Postal code", "text"),
            ("location.region", "State or province", "text"),
            ("location.country", "Country", "text"),
        ],
    ),
];

const URGENCIES: &[(&str, &str)] =
    &[("low", "Low"), ("normal", "Normal"), ("high", "High"), ("urgent", "Urgent")];

/// A form's fields with what is in them, and what is wrong with them.
pub(crate) struct Form<'a> {
    /// Before every name, so that two forms can stand on one page.
    pub(crate) prefix: &'a str,
    pub(crate) value: &'a dyn Fn(&str) -> String,
    pub(crate) errors: &'a [FieldError],
}

impl Form<'_> {
    /// What is wrong with a field.
    pub(crate) fn error(&self, name: &str) -> Option<String> {
        let error = self.errors.iter().find(|e| e.field == name)?;
        Some(ui::sentence(&error.message))
    }

    /// Errors that belong to no field of the form.
    pub(crate) fn general(&self) -> Markup {
        let known = |error: &FieldError| {
            error.field == "source"
                || GROUPS.iter().any(|(_, fields)| fields.iter().any(|f| f.0 == error.field))
        };
        html! {
            @for error in self.errors.iter().filter(|error| !known(error)) {
                (ui::note("bad", &html! { (ui::sentence(&error.message)) }))
            }
        }
    }

    fn line(&self, (name, label, kind): Value) -> Markup {
        let (full, value) = (format!("{}{name}", self.prefix), (self.value)(name));
        let error = self.error(name);
        let field = Field::text(&full, label, &value).error(error.as_deref()).hint(hint(name));
        match kind {
            "area" => html! { div.whole { (ui::text_area(field, 3)) } },
            "urgency" => {
                let value = if value.is_empty() { "normal" } else { &value };
                ui::select(Field { value, ..field }, URGENCIES)
            }
            // The e-mail is checked by the server, with words; `type=email` only picks the keyboard.
            kind => ui::field(field.kind(kind)),
        }
    }

    /// Every group as a fieldset.
    pub(crate) fn groups(&self) -> Markup {
        html! {
            @for (name, fields) in GROUPS {
                fieldset.group { legend { (name) } div.fields { @for field in *fields { (self.line(*field)) } } }
            }
        }
    }
}

const fn hint(name: &str) -> &'static str {
    match name.as_bytes() {
        b"contact.phone" => "Any way people write it",
        b"required_skills" => "With commas between them",
        b"value" => "A number, such as 1500.50",
        _ => "",
    }
}

/// What a form says of a lead. `changed` tells whether a field is to be taken at all.
pub(crate) fn payload(fields: &Fields, prefix: &str, changed: impl Fn(&str, &str) -> bool) -> LeadPayload {
    let text = |name: &str| {
        let value = fields.given(&format!("{prefix}{name}"))?;
        changed(name, value).then(|| value.to_owned())
    };
    let skills = text("required_skills");
    LeadPayload {
        source: fields.text(&format!("{prefix}source")).to_owned(),
        title: text("title"),
        description: text("description"),
        category: text("category"),
        contact: ContactPayload {
            name: text("contact.name"),
            phone: text("contact.phone"),
            email: text("contact.email"),
        },
        location: Some(LocationPayload {
            country: text("location.country"),
            region: text("location.region"),
            city: text("location.city"),
            suburb: text("location.suburb"),
            postal_code: text("location.postal_code"),
            lat: None,
            lon: None,
        }),
        urgency: text("urgency"),
        required_skills: skills.map(|s| s.split(',').map(|skill| skill.trim().to_owned()).collect()),
        value: text("value").map(|value| Amount::Text(value.replace([',', ' '], ""))),
        ..LeadPayload::default()
    }
}
