//! Tables, and the way to their next page.

use maud::{Markup, html};

/// A column of a table.
#[derive(Debug, Clone)]
pub(crate) struct Column<'a> {
    pub(crate) name: &'a str,
    /// Right-aligned, with figures of equal width.
    pub(crate) numeric: bool,
    /// Where its sort leads, and how it is sorted now: `ascending`, `descending` or `none`.
    pub(crate) sort: Option<(String, &'a str)>,
}

impl<'a> Column<'a> {
    /// Of text.
    pub(crate) const fn text(name: &'a str) -> Self {
        Self { name, numeric: false, sort: None }
    }

    /// Of numbers.
    pub(crate) const fn number(name: &'a str) -> Self {
        Self { name, numeric: true, sort: None }
    }
}

/// A table in a box that scrolls sideways by itself. Each row is a `tr`.
pub(crate) fn table(caption: &str, columns: &[Column<'_>], rows: &Markup) -> Markup {
    html! {
        div.table-box tabindex="0" role="region" aria-label=(caption) {
            table {
                caption.visually-hidden { (caption) }
                thead { tr {
                    @for column in columns {
                        th scope="col" class=[column.numeric.then_some("numeric")]
                            aria-sort=[column.sort.as_ref().map(|(_, how)| *how)] {
                            @match &column.sort {
                                Some((path, how)) => a.sort href=(path) data-how=(how) { (column.name) },
                                None if column.name.is_empty() => span.visually-hidden { "Actions" },
                                None => (column.name),
                            }
                        }
                    }
                } }
                tbody data-rows { (rows) }
            }
        }
    }
}

/// Where a list goes on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pages {
    /// `1,000,000 leads`.
    pub(crate) told: String,
    /// Back to the first page, unless this is it.
    pub(crate) first: Option<String>,
    /// The next page, if there is one.
    pub(crate) next: Option<String>,
}

/// The foot of a list.
pub(crate) fn pages(pages: &Pages) -> Markup {
    html! {
        nav.pages aria-label="Pages" {
            span.muted { (pages.told) }
            span.actions {
                @if let Some(first) = &pages.first { a.button href=(first) rel="first" { "First page" } }
                @if let Some(next) = &pages.next { a.button href=(next) rel="next" { "Next page" } }
            }
        }
    }
}
