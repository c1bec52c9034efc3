//! A file that was sent: what it seems to be, what each column becomes, how its first rows are read; then the start.
//!
//! The form asks this same page again while one chooses (`GET`, so that an address says it all), and starts by `POST`.

use super::{PATH, remove};
use crate::app::App;
use crate::console::fields::{Asked, Fields};
use crate::console::frame::Room;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Column, Field as Input, Tone};
use crate::console::visit::{Visit, done};
use crate::params::Seg;
use crate::problem::Problem;
use crate::rights::Staff;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::import::{DropUpload, ImportOptions, NewImport, Reading, RegisterImport, Spooled, upload_view};
use engine::intake::fields::Mapping;
use engine::intake::format::{Book, Encoding};
use engine::intake::{Field, Format, Preview};
use maud::{Markup, html};
use model::{DuplicatePolicy, LeadDraft, UploadId};
use store::import::Import;
use store::source::Source;
use store::upload::Upload;

/// How many rows are shown as they will be read.
const ROWS: usize = 10;
/// The choice of a source that does not exist yet.
const NEW: &str = "+new";

/// Everything the page shows.
struct Look {
    upload: Upload,
    spooled: Spooled,
    preview: Preview,
    /// As proposed, before corrections.
    proposed: Mapping,
    reading: Reading,
    sources: Vec<Source>,
    policy: DuplicatePolicy,
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit<Staff>,
    Seg(id): Seg<UploadId>,
    Asked(query): Asked,
) -> Result<Response, Oops> {
    let look = Look::load(&app, &visit, id, &query).await?;
    page(&app, &visit, &look, &query, None).await
}

/// Starts the import; the upload is one no more.
pub(super) async fn begin(
    State(app): State<App>,
    visit: Visit<Staff>,
    Seg(id): Seg<UploadId>,
    fields: Fields,
) -> Result<Response, Oops> {
    let look = Look::load(&app, &visit, id, &fields).await?;
    match start(&app, &visit, &look, &fields).await {
        Ok(import) => {
            let to = format!("{PATH}/{}", import.id);
            app.work_import(import);
            Ok(done(&to, format!("The import of {} has begun.", look.upload.file_name)))
        }
        Err(problem) if problem.status.is_client_error() => {
            page(&app, &visit, &look, &fields, Some(&problem)).await
        }
        Err(problem) => Err(problem.into()),
    }
}

pub(super) async fn discard(
    State(app): State<App>,
    visit: Visit<Staff>,
    Seg(id): Seg<UploadId>,
) -> Result<Response, Oops> {
    let by = visit.by();
    let (upload, spooled) = upload_view(app.engine(), &by, id).await?;
    app.engine().run(&by, DropUpload(id)).await?;
    remove(&app, &by, spooled).await;
    Ok(done(PATH, format!("{} was discarded; nothing of it was stored.", upload.file_name)))
}

async fn start(app: &App, visit: &Visit<Staff>, look: &Look, fields: &Fields) -> Result<Import, Problem> {
    let by = visit.by();
    let (source, create_source) = match fields.text("source") {
        "" => return Err(Problem::field("source", "choose where the leads come from")),
        NEW => (fields.text("new_source"), true),
        name => (name, false),
    };
    if source.is_empty() {
        return Err(Problem::field("new_source", "name the new source"));
    }
    let options = ImportOptions {
        mapping: overrides(&look.proposed, fields),
        no_assign: fields.text("assign") == "wait",
        duplicates: fields.parsed("duplicates")?,
        keep_file: false,
    };
    let checked =
        app.engine().look_at_upload(&by, &look.spooled, &look.upload.file_name, &options.mapping, false);
    checked.await?;
    let new = NewImport {
        source: source.to_owned(),
        create_source,
        file_name: look.upload.file_name.clone(),
        spool: look.upload.spool.clone(),
        bytes: look.spooled.bytes,
        upload: Some(look.upload.id),
        options,
    };
    Ok(app.engine().run(&by, RegisterImport::new(app.engine(), new)).await?)
}

impl Look {
    async fn load(app: &App, visit: &Visit<Staff>, id: UploadId, fields: &Fields) -> Result<Self, Oops> {
        let (engine, by) = (app.engine(), visit.by());
        let (upload, spooled) = upload_view(engine, &by, id).await?;
        let mut preview = engine.look_at_upload(&by, &spooled, &upload.file_name, &[], true).await?;
        let proposed = preview.mapping.clone();
        let changed = proposed.clone().with_overrides(&overrides(&proposed, fields));
        preview.mapping = changed.map_err(|error| Problem::field("", error.to_string()))?;
        let reading = engine.read_first_rows(&by, &spooled, &preview, ROWS).await?;
        let mut sources = store::source::source_list(app.reader(), visit.org(), 0, 10_000).await?;
        sources.retain(|source| source.active);
        let organization = store::organization::organization_fetch(app.reader(), visit.org()).await?;
        let policy = organization.duplicate_policy;
        Ok(Self { upload, spooled, preview, proposed, reading, sources, policy })
    }

    /// The source chosen, else one the file's name speaks of.
    fn source<'a>(&'a self, fields: &'a Fields) -> &'a str {
        let spoken_of = || {
            let name = self.upload.file_name.to_lowercase();
            let by_name = self.sources.iter().find(|source| name.contains(&source.name.to_lowercase()));
            by_name.map_or(if self.sources.is_empty() { NEW } else { "" }, |source| source.name.as_str())
        };
        fields.given("source").unwrap_or_else(spoken_of)
    }
}

/// The columns whose meaning was corrected, as `COLUMN=FIELD`: field `c3` speaks of the third column. By number, unless
/// a header is that number.
fn overrides(proposed: &Mapping, fields: &Fields) -> Vec<String> {
    let columns = &proposed.columns;
    let given = columns.iter().enumerate().filter_map(|(index, column)| {
        let number = (index + 1).to_string();
        let field = fields.given(&format!("c{number}"))?;
        let mistaken = columns.iter().any(|other| other.header.trim() == number);
        Some(format!("{}={field}", if mistaken { &column.header } else { &number }))
    });
    given.collect()
}

async fn page(
    app: &App,
    visit: &Visit<Staff>,
    look: &Look,
    fields: &Fields,
    problem: Option<&Problem>,
) -> Result<Response, Oops> {
    let id = look.upload.id;
    let body = html! {
        (ui::breadcrumb(&[("Import", PATH)], &look.upload.file_name))
        div.heading {
            div { h1.ellipsis { (look.upload.file_name) } p.muted { (format(&look.preview.format)) " · " (ui::bytes(look.upload.bytes)) " · " (ui::plural(look.preview.columns.len() as i64, "column")) } }
            form method="post" action={ "/import/upload/" (id) "/drop" } { (ui::submit(Tone::Plain, "Discard the file")) }
        }
        @if let Some(problem) = problem.filter(|p| p.errors.is_empty()) {
            (ui::note("bad", &html! { strong { "The import was not started. " } (ui::sentence(&problem.detail)) }))
        } @else if let Err(missing) = look.preview.mapping.check() {
            (ui::note("warn", &html! { (ui::sentence(&missing.to_string())) " Choose below what the columns are." }))
        }
        form #look.stack-y method="get" action={ "/import/upload/" (id) } data-filter="read" {
            (ui::card("Where the leads go", &ui::NONE, &choices(app, visit, look, fields, problem).await?))
            (ui::card("What each column is", &ui::NONE, &columns(look, fields)))
            section #read.card { header.card-head { h2 { "How the first rows will be read" } } (first_rows(&look.reading)) }
            div.save-bar {
                span.muted { "Nothing has become a lead yet." }
                div.actions {
                    noscript { (ui::submit(Tone::Plain, "Show with these choices")) }
                    button.button.primary type="submit" formmethod="post" { "Start the import" }
                }
            }
        }
    };
    let status = problem.map_or(StatusCode::OK, |problem| problem.status);
    Ok(visit.page_with(status, Room::Import, "Import", &body))
}

async fn choices(
    app: &App,
    visit: &Visit<Staff>,
    look: &Look,
    fields: &Fields,
    problem: Option<&Problem>,
) -> Result<Markup, Oops> {
    let source = look.source(fields);
    let policy = fields.given("duplicates").unwrap_or(look.policy.as_str());
    let wait = fields.text("assign") == "wait";
    let error = |name: &str| problem?.errors.iter().find(|e| e.field == name).map(|e| e.message.as_str());
    let mut names: Vec<(&str, &str)> = vec![("", "Choose…")];
    names.extend(look.sources.iter().map(|source| (source.name.as_str(), source.name.as_str())));
    names.push((NEW, "A new source…"));
    let waits = if wait {
        "The leads wait until you assign them.".to_owned()
    } else {
        outcome(app, visit, look, source).await?
    };
    Ok(html! {
        div.fields {
            (ui::select(Input::text("source", "Source", source).required().error(error("source")), &names))
            @if source == NEW {
                (ui::field(Input::text("new_source", "Name of the new source", fields.text("new_source")).required().error(error("new_source"))))
            }
        }
        div.fields {
            div {
                (ui::choices("assign", "New leads", if wait { "wait" } else { "now" }, &[("now", "Assign at once"), ("wait", "Let them wait")]))
                p.hint { (waits) }
            }
            div {
                (ui::choices("duplicates", "Leads known already", policy, &[("skip", "Skip"), ("update", "Fill up"), ("keep", "Keep both")]))
                p.hint { (policy_words(policy)) }
            }
        }
    })
}

/// What becomes of the leads of a source, in a sentence.
async fn outcome(app: &App, visit: &Visit<Staff>, look: &Look, name: &str) -> Result<String, Oops> {
    let Some(source) = look.sources.iter().find(|source| source.name == name) else {
        return Ok(match name {
            NEW => "A new source assigns nothing until you set up who gets its leads: they wait.",
            _ => "They are given out as the source's auto-assign says.",
        }
        .to_owned());
    };
    let pool = store::pool::pool_fetch(app.reader(), visit.org(), source.source_no).await?;
    let members = pool.state.members.iter().filter(|m| m.current).count() as i64;
    Ok(match (pool.configured, pool.state.enabled) {
        (false, _) => format!("Nobody gets the leads of {name} yet: they wait until you set up auto-assign."),
        (true, false) => format!("Auto-assign of {name} is off: the leads wait."),
        (true, true) => format!("{name} gives its leads to {}.", ui::plural(members, "agent")),
    })
}

fn policy_words(policy: &str) -> &'static str {
    match policy {
        "update" => "A row whose phone or e-mail is known fills what that lead lacks.",
        "keep" => "Every row becomes a lead; the repetition is marked.",
        _ => "A row whose phone or e-mail is known stores nothing.",
    }
}

fn columns(look: &Look, fields: &Fields) -> Markup {
    let heads = [Column::text("Column"), Column::text("Becomes"), Column::text("First values")];
    let rows = html! {
        @for (index, column) in look.preview.mapping.columns.iter().enumerate() {
            @let name = format!("c{}", index + 1);
            @let proposed = look.proposed.columns[index].field;
            @let chosen = if fields.given(&name).is_some() || column.field != proposed { column.field.as_str() } else { "" };
            tr data-key=(name) {
                td { label.strong.ellipsis for={ "f-" (name) } title=(column.header) { (column.header) } }
                td {
                    select.small id={ "f-" (name) } name=(name) {
                        option value="" selected[chosen.is_empty()] { (field_words(proposed)) @if proposed != Field::Custom { " (recognised)" } }
                        @for &field in Field::ALL {
                            @if field != proposed || !chosen.is_empty() {
                                option value=(field.as_str()) selected[field.as_str() == chosen] { (field_words(field)) }
                            }
                        }
                    }
                }
                td { span.ellipsis.muted { (samples(&look.preview, index)) } }
            }
        }
    };
    ui::table("Columns of the file", &heads, &rows)
}

/// The first few different values of a column.
fn samples(preview: &Preview, index: usize) -> String {
    let mut values: Vec<&str> = Vec::new();
    for cell in preview.rows.iter().filter_map(|row| row.cells.get(index)) {
        let cell = cell.trim();
        if !cell.is_empty() && !values.contains(&cell) && values.len() < 3 {
            values.push(cell);
        }
    }
    let text = values.join(" · ");
    match text.char_indices().nth(120) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None if text.is_empty() => "empty".to_owned(),
        None => text,
    }
}

fn first_rows(reading: &Reading) -> Markup {
    let heads = [
        Column::number("Line"),
        Column::text("Name"),
        Column::text("Phone"),
        Column::text("E-mail"),
        Column::text("City"),
        Column::text("Also"),
    ];
    let rows = html! {
        @for row in reading {
            @match row {
                Ok((line, draft)) => tr {
                    td.numeric { (line) }
                    td { span.ellipsis { (draft.name.as_deref().unwrap_or("–")) } }
                    td.nowrap { (draft.phone.map_or("–".to_owned(), |phone| phone.to_string())) }
                    td { span.ellipsis { (draft.email.as_ref().map_or("–", |email| email.as_str())) } }
                    td { span.ellipsis { (draft.city.as_deref().unwrap_or("–")) } }
                    td { span.ellipsis.muted { (also(draft)) } }
                },
                Err(error) => tr {
                    td.numeric { (error.line) }
                    td colspan="5" {
                        span.row { (ui::pill("bad", Icon::Cross, "Rejected")) @if !error.column.is_empty() { strong { (error.column) } } (ui::sentence(&error.reason)) }
                    }
                },
            }
        }
    };
    ui::table("First rows", &heads, &rows)
}

/// What else a lead brings.
fn also(draft: &LeadDraft) -> String {
    let details = &draft.details;
    let mut parts: Vec<String> = Vec::new();
    parts.extend(details.title.clone());
    parts.extend(draft.category.clone());
    parts.extend(draft.urgency.map(|urgency| format!("urgency {urgency}")));
    parts.extend(
        (!draft.required_skills.is_empty()).then(|| format!("needs {}", draft.required_skills.join(", "))),
    );
    parts.extend(draft.value.map(|value| format!("worth {}", ui::grouped(value / 1000))));
    parts.extend(details.custom.iter().take(3).map(|(name, value)| {
        value.as_str().map_or_else(|| name.clone(), |value| format!("{name}: {value}"))
    }));
    let text = parts.join(" · ");
    match text.char_indices().nth(160) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}

fn format(format: &Format) -> String {
    match format {
        Format::Delimited(text) => {
            let between = match text.delimiter {
                ',' => "commas",
                '\t' => "tabs",
                ';' => "semicolons",
                _ => "bars",
            };
            let encoding = match text.encoding {
                Encoding::Utf8 => "UTF-8",
                Encoding::Utf16Le | Encoding::Utf16Be => "UTF-16",
                Encoding::Windows1252 => "Windows-1252",
            };
            let header = if text.has_header { "with a header" } else { "without a header" };
            format!("Text with {between}, {header}, {encoding}")
        }
        Format::Workbook { workbook, has_header } => {
            let kind = match workbook {
                Book::Xlsx => "Excel workbook",
                Book::Xls => "Old Excel workbook",
                Book::Ods => "OpenDocument workbook",
            };
            format!("{kind}, {}", if *has_header { "with a header" } else { "without a header" })
        }
    }
}

const fn field_words(field: Field) -> &'static str {
    match field {
        Field::Name => "Name",
        Field::FirstName => "First name",
        Field::LastName => "Last name",
        Field::Phone => "Phone",
        Field::PhoneCode => "Country calling code",
        Field::AltPhone => "Second phone",
        Field::Email => "E-mail",
        Field::Title => "Title",
        Field::Description => "Description",
        Field::Category => "Category",
        Field::Country => "Country",
        Field::Region => "State or province",
        Field::City => "City",
        Field::Suburb => "Suburb",
        Field::PostalCode => "Postal code",
        Field::Lat => "Latitude",
        Field::Lon => "Longitude",
        Field::Urgency => "Urgency",
        Field::Skills => "Skills needed",
        Field::Value => "Value",
        Field::ExternalId => "Sender's own key",
        Field::CreatedAt => "Date of the enquiry",
        Field::ConsentText => "Consent: words",
        Field::ConsentUrl => "Consent: page",
        Field::Custom => "Kept under its header",
        Field::Ignore => "Left out",
    }
}
