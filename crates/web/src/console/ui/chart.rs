//! Charts as SVG, drawn on the server in the stylesheet's colours, each with a table for those who listen to it.
//!
//! Colours come from classes `series-0` … `series-7`: a chart follows the theme, and no style stands inline.

use super::words::{grouped, short};
use maud::{Markup, html};

/// A named row of values over the chart's labels.
#[derive(Debug, Clone)]
pub(crate) struct Series<'a> {
    pub(crate) name: &'a str,
    pub(crate) values: Vec<i64>,
}

/// Width and height of the drawing in its own units.
const WIDE: f64 = 720.0;
const HIGH: f64 = 200.0;
/// Room for the axis below and beside.
const LEFT: f64 = 44.0;
const BELOW: f64 = 22.0;

/// A round number not below `most`, for the top of an axis: 1, 2 or 5 times a power of ten.
fn ceiling(most: i64) -> i64 {
    let mut step = 1;
    loop {
        for factor in [1, 2, 5] {
            if step * factor >= most {
                return (step * factor).max(4);
            }
        }
        step *= 10;
    }
}

/// Columns side by side or, with several series, stacked. At most `ticks` labels are written.
pub(crate) fn columns(caption: &str, labels: &[String], series: &[Series<'_>], ticks: usize) -> Markup {
    let sums = (0..labels.len()).map(|i| series.iter().map(|s| s.values.get(i).copied().unwrap_or(0)).sum());
    let top = ceiling(sums.max().unwrap_or(0));
    let height = |value: i64| value as f64 / top as f64 * (HIGH - BELOW - 8.0);
    let width = (WIDE - LEFT) / labels.len().max(1) as f64;
    let every = labels.len().div_ceil(ticks.max(1)).max(1);
    html! {
        figure.chart {
            svg viewBox={ "0 0 " (WIDE) " " (HIGH) } role="img" aria-label=(caption) {
                (axis(top))
                @for (i, label) in labels.iter().enumerate() {
                    @let x = LEFT + width * i as f64;
                    @let stack = stacked(series, i);
                    g.column {
                        title { (label) @for (name, value, _) in &stack { "\n" (name) ": " (grouped(*value)) } }
                        rect.column-ground x=(px(x)) y="0" width=(px(width)) height=(px(HIGH - BELOW)) {}
                        @for (n, (_, value, below)) in stack.iter().enumerate() {
                            @let h = height(*value);
                            rect class={ "series-" (n % 8) } x=(px(x + width * 0.14)) y=(px(HIGH - BELOW - height(*below) - h))
                                width=(px(width * 0.72)) height=(px(h)) {}
                        }
                    }
                    @if i % every == 0 { text.tick x=(px(x + width / 2.0)) y=(px(HIGH - 6.0)) text-anchor="middle" { (label) } }
                }
            }
            (legend(series))
            (for_listeners(caption, labels, series))
        }
    }
}

/// Name, value and what lies below it of every series at one place.
fn stacked<'a>(series: &'a [Series<'a>], place: usize) -> Vec<(&'a str, i64, i64)> {
    let mut below = 0;
    series
        .iter()
        .map(|s| {
            let value = s.values.get(place).copied().unwrap_or(0);
            below += value;
            (s.name, value, below - value)
        })
        .collect()
}

/// Lines over a common axis.
pub(crate) fn lines(caption: &str, labels: &[String], series: &[Series<'_>], ticks: usize) -> Markup {
    let top = ceiling(series.iter().flat_map(|s| &s.values).copied().max().unwrap_or(0));
    let step = (WIDE - LEFT - 8.0) / (labels.len().max(2) - 1) as f64;
    let every = labels.len().div_ceil(ticks.max(1)).max(1);
    let place = |i: usize, value: i64| {
        let y = HIGH - BELOW - value as f64 / top as f64 * (HIGH - BELOW - 8.0);
        format!("{},{}", px(LEFT + step * i as f64), px(y))
    };
    html! {
        figure.chart {
            svg viewBox={ "0 0 " (WIDE) " " (HIGH) } role="img" aria-label=(caption) {
                (axis(top))
                @for (n, s) in series.iter().enumerate() {
                    @let points: Vec<String> = s.values.iter().enumerate().map(|(i, v)| place(i, *v)).collect();
                    polyline class={ "line series-" (n % 8) } points=(points.join(" ")) {}
                }
                @for (i, label) in labels.iter().enumerate().filter(|(i, _)| i % every == 0) {
                    text.tick x=(px(LEFT + step * i as f64)) y=(px(HIGH - 6.0)) text-anchor="middle" { (label) }
                }
            }
            (legend(series))
            (for_listeners(caption, labels, series))
        }
    }
}

fn axis(top: i64) -> Markup {
    html! {
        @for quarter in 0..=4 {
            @let y = HIGH - BELOW - (HIGH - BELOW - 8.0) * f64::from(quarter) / 4.0;
            line.rule x1=(LEFT) x2=(WIDE) y1=(px(y)) y2=(px(y)) {}
            @if quarter % 2 == 0 { text.tick x=(LEFT - 6.0) y=(px(y + 4.0)) text-anchor="end" { (short(top * i64::from(quarter) / 4)) } }
        }
    }
}

fn legend(series: &[Series<'_>]) -> Markup {
    html! {
        @if series.len() > 1 {
            figcaption.legend {
                @for (n, s) in series.iter().enumerate() { span { (swatch(n)) (s.name) } }
            }
        }
    }
}

/// The colour of a series, for legends of our own.
pub(crate) fn swatch(n: usize) -> Markup {
    html! { svg.swatch viewBox="0 0 10 10" aria-hidden="true" { rect class={ "series-" (n % 8) } width="10" height="10" rx="2" {} } }
}

fn for_listeners(caption: &str, labels: &[String], series: &[Series<'_>]) -> Markup {
    html! {
        table.visually-hidden {
            caption { (caption) }
            thead { tr { th scope="col" { "Time" } @for s in series { th scope="col" { (s.name) } } } }
            tbody {
                @for (i, label) in labels.iter().enumerate() {
                    tr { th scope="row" { (label) } @for s in series { td { (s.values.get(i).copied().unwrap_or(0)) } } }
                }
            }
        }
    }
}

/// One bar cut into shares; what is nothing is left out.
pub(crate) fn stack(label: &str, parts: &[(&str, i64)]) -> Markup {
    let whole: i64 = parts.iter().map(|(_, value)| value).sum();
    let told: Vec<String> =
        parts.iter().map(|(name, value)| format!("{name}: {}", grouped(*value))).collect();
    let scale = |value: i64| value as f64 / whole.max(1) as f64 * 200.0;
    let mut from = 0;
    html! {
        svg.stack viewBox="0 0 200 10" preserveAspectRatio="none" role="img" aria-label={ (label) ": " (told.join(", ")) } {
            rect.bar-ground width="200" height="10" {}
            @for (n, (name, value)) in parts.iter().enumerate() {
                @if *value > 0 {
                    @let x = { let x = scale(from); from += value; x };
                    rect class={ "series-" (n % 8) } x=(px(x)) width=(px(scale(*value))) height="10" {
                        title { (name) ": " (grouped(*value)) }
                    }
                }
            }
        }
    }
}

/// A line without axes, beside a number.
pub(crate) fn sparkline(label: &str, values: &[i64]) -> Markup {
    let top = values.iter().copied().max().unwrap_or(0).max(1);
    let step = 100.0 / (values.len().max(2) - 1) as f64;
    let points: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(i, v)| format!("{},{}", px(step * i as f64), px(23.0 - *v as f64 / top as f64 * 20.0)))
        .collect();
    html! {
        svg.sparkline viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label=(label) {
            polyline class="line series-0" points=(points.join(" ")) {}
        }
    }
}

/// A length in the drawing's units.
fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
