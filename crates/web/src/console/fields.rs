//! The fields of a submitted form, and of a page's query: names may repeat, all values are text.

use crate::app::App;
use crate::body;
use crate::console::oops::Oops;
use crate::console::ui::Field;
use crate::problem::Problem;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use engine::intake::FieldError;

/// What a form sent, in its order.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// From `a=1&b=2`.
    pub(crate) fn parse(text: &[u8]) -> Self {
        // No database holds a NUL.
        let clean = |text: std::borrow::Cow<'_, str>| text.replace('\0', "");
        Self(form_urlencoded::parse(text).map(|(name, value)| (clean(name), clean(value))).collect())
    }

    /// A field as it was typed, without spaces around it; empty if there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.trim())
    }

    /// A field, unless it is missing or empty.
    pub(crate) fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Whether the form has the field at all.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    /// A field exactly as it was typed: passwords.
    pub(crate) fn exact(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// Every value of a name, in order.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.trim())
    }

    /// Whether a switch or checkbox is on.
    pub(crate) fn on(&self, name: &str) -> bool {
        !matches!(self.text(name), "" | "false" | "off" | "0")
    }

    /// The field as a value of its type: absent is `None`, something else is a 422 that names the field.
    pub(crate) fn parsed<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Problem> {
        let Some(text) = self.given(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| Problem::field(name, format!("{text:?} cannot be understood")))
    }

    /// The same fields as a query, with some of them changed; empty values are left out.
    pub(crate) fn query_with(&self, changes: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.0 {
            if !value.is_empty() && !changes.iter().any(|(changed, _)| changed == name) {
                query.append_pair(name, value);
            }
        }
        for (name, value) in changes.iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        query.finish()
    }
}

/// A submitted form.
impl FromRequest<App> for Fields {
    type Rejection = Oops;

    async fn from_request(request: Request, _app: &App) -> Result<Self, Oops> {
        let (parts, content) = request.into_parts();
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|k| k.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") && !kind.is_empty() {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Problem::new(status, "unsupported_media_type", "send a form").into());
        }
        Ok(Self::parse(&body::read(content, &parts.headers).await?))
    }
}

/// A page's query.
pub(crate) struct Asked(pub(crate) Fields);

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Oops;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Oops> {
        Ok(Self(Fields::parse(parts.uri.query().unwrap_or_default().as_bytes())))
    }
}

/// A form as it is shown: what was typed, and what is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Filled {
    fields: Fields,
    errors: Vec<FieldError>,
    general: Option<String>,
}

impl Filled {
    /// A form that has not been sent yet, with what stands in its fields.
    pub(crate) fn fresh(values: &[(&str, &str)]) -> Self {
        let fields = values.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Self { fields: Fields(fields), ..Self::default() }
    }

    /// A form that was sent and is not right. Trouble that is not the visitor's (no rights, a busy server) is no
    /// fault of the form.
    pub(crate) fn wrong(fields: Fields, problem: Problem) -> Result<Self, Oops> {
        if !matches!(problem.status.as_u16(), 400 | 404 | 409 | 413 | 422) {
            return Err(problem.into());
        }
        let general = problem.errors.iter().all(|e| e.field.is_empty()).then(|| problem.detail.clone());
        Ok(Self { fields, errors: problem.errors, general })
    }

    /// What stands in a field.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.fields.text(name)
    }

    /// What is wrong with a field.
    pub(crate) fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|e| e.field == name).map(|e| e.message.as_str())
    }

    /// What is wrong with the whole.
    pub(crate) fn general(&self) -> Option<&str> {
        self.general.as_deref()
    }

    /// Whether anything is wrong.
    pub(crate) fn is_wrong(&self) -> bool {
        self.general.is_some() || !self.errors.is_empty()
    }

    /// A text field that keeps what was typed, and says what is wrong with it.
    pub(crate) fn field<'a>(&'a self, name: &'a str, label: &'a str) -> Field<'a> {
        Field::text(name, label, self.value(name)).error(self.error(name))
    }
}
