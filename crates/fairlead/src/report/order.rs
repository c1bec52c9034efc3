//! Who gets the next lead, who waits for a turn, and why nobody can.

use crate::report::SourceFacts;
use crate::term::{Paint, Table, names};

/// The order of a source's pool: NEXT, then WAITING.
pub(crate) fn next_and_waiting(paint: Paint, source: &SourceFacts) -> String {
    match source.next.as_slice() {
        [] => String::new(),
        [next] => format!("  {} {next}\n", paint.green("NEXT   ")),
        [next, waiting @ ..] => format!(
            "  {} {next}\n  {} {}\n",
            paint.green("NEXT   "),
            paint.dim("WAITING"),
            names_in_order(waiting)
        ),
    }
}

fn names_in_order(all: &[String]) -> String {
    match all.split_at_checked(8) {
        Some((first, rest)) if !rest.is_empty() => format!("{}, … {} more", first.join(", "), rest.len()),
        _ => all.join(", "),
    }
}

/// Why nobody can take a lead: a sentence, then each member with its reason.
pub(crate) fn nobody(paint: Paint, source: &SourceFacts) -> String {
    if !source.configured {
        return format!(
            "{}{} has no auto-assign configuration: its leads wait. Choose agents with\n  \
             PUT /api/v1/sources/{}/auto-assign\n",
            paint.emoji("⏸"),
            source.source,
            source.source
        );
    }
    if !source.enabled {
        let name = &source.source;
        return format!("{}Auto-assign of {name} is switched off: its leads wait.\n", paint.emoji("⏸"));
    }
    if source.members.is_empty() {
        return format!(
            "{}The pool of {} has no members: its leads wait.\n",
            paint.emoji("⏸"),
            source.source
        );
    }
    let everybody: Vec<&str> = source.members.iter().map(|member| member.name.as_str()).collect();
    let mut text = format!(
        "{}Nobody can take a lead of {} now ({}). The leads wait and are given out, oldest first, the moment \
         somebody can.\n",
        paint.emoji("⏸"),
        source.source,
        names(&everybody, 3)
    );
    text.push_str(&reasons(paint, source));
    text
}

/// Each member who cannot take a lead, and why.
pub(crate) fn reasons(paint: Paint, source: &SourceFacts) -> String {
    let mut table = Table::new(&[("", crate::term::Align::Left), ("", crate::term::Align::Left)]);
    for member in source.members.iter().filter(|member| !member.available) {
        table.row(vec![member.name.clone(), paint.yellow(member.why.as_deref().unwrap_or("not available"))]);
    }
    if table.is_empty() { String::new() } else { table.render(paint) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::facts::sample::meta;

    #[test]
    fn the_first_is_next_the_others_wait() {
        let text = next_and_waiting(Paint::plain(), &meta());
        assert_eq!(text, "  NEXT    Asha Nair\n  WAITING Bilal Khan\n");
    }

    #[test]
    fn a_source_that_gives_out_nothing_says_why() {
        let mut source = meta();
        source.members.retain(|member| !member.available);
        let text = nobody(Paint::plain(), &source);
        assert!(text.starts_with("Nobody can take a lead of META now (Chitra Rao)."), "{text}");
        assert!(text.ends_with("  Chitra Rao  on leave until 2026-12-03\n"), "{text}");
        source.enabled = false;
        assert_eq!(nobody(Paint::plain(), &source), "Auto-assign of META is switched off: its leads wait.\n");
        source.configured = false;
        assert!(nobody(Paint::plain(), &source).contains("has no auto-assign configuration"));
    }
}
