//! What was checked and what is broken.

use crate::term::{Align, Paint, Table, grouped, plural};
use engine::check::Report;

/// Every rule with its counts, the findings, a closing line.
pub(crate) fn check(paint: Paint, report: &Report) -> String {
    let mut table = Table::new(&[
        ("", Align::Left),
        ("RULE", Align::Left),
        ("CHECKED", Align::Right),
        ("BROKEN", Align::Right),
    ]);
    for checked in &report.checked {
        let ok = checked.broken == 0;
        table.row(vec![
            if ok { paint.green("ok") } else { paint.red("BROKEN") },
            checked.rule.to_owned(),
            grouped(checked.of),
            if ok { paint.dim("0") } else { paint.red(&grouped(checked.broken)) },
        ]);
    }
    let mut text = table.render(paint);
    for finding in report.findings.iter().take(100) {
        text.push_str(&format!(
            "  {}: {}: {}\n",
            finding.organization,
            paint.red(finding.rule),
            finding.what
        ));
    }
    if report.findings.len() > 100 {
        text.push_str(&format!("  … and {} more\n", report.findings.len() - 100));
    }
    let rules = plural(report.checked.len() as i64, "rule");
    text.push_str(&match report.findings.len() {
        0 => format!("{}{rules} checked: all hold\n", paint.emoji("✅")),
        n => format!("{}{rules} checked: {}\n", paint.emoji("❌"), plural(n as i64, "finding")),
    });
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::check::{Checked, Finding};

    #[test]
    fn a_broken_rule_is_told_with_its_place() {
        let mut report = Report::default();
        report.checked.push(Checked { rule: "credits add up", of: 4, broken: 0 });
        assert!(check(Paint::plain(), &report).ends_with("1 rule checked: all hold\n"));
        report.checked.push(Checked { rule: "totals", of: 8, broken: 1 });
        let what = "agent 3".to_owned();
        report.findings.push(Finding { organization: "default".into(), rule: "totals", what });
        let expected = "          RULE            CHECKED  BROKEN
  ok      credits add up        4       0
  BROKEN  totals                8       1
  default: totals: agent 3
2 rules checked: 1 finding
";
        assert_eq!(check(Paint::plain(), &report), expected);
    }
}
