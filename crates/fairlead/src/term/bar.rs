//! Bars of blocks (eighths of a column), or of `#` where only ASCII is safe.

use crate::term::Paint;

/// A bar of at most `width` columns; something above nothing always shows.
pub(crate) fn bar(paint: Paint, value: f64, most: f64, width: usize) -> String {
    if most <= 0.0 || value <= 0.0 {
        return String::new();
    }
    let eighths = ((value / most).min(1.0) * (width * 8) as f64).round().max(1.0) as usize;
    if !paint.draws() {
        return "#".repeat(eighths.div_ceil(8));
    }
    let mut text = "█".repeat(eighths / 8);
    text.push_str(["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]);
    text
}

/// What would have been above what happened, on one scale.
pub(crate) fn two_bars(paint: Paint, would: f64, happened: f64, most: f64, width: usize) -> [String; 2] {
    let line = |value| bar(paint, value, most, width);
    [paint.cyan(&line(would)), paint.dim(&line(happened))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_value() {
        let plain = Paint::plain();
        assert_eq!(bar(plain, 5.0, 10.0, 10), "#####");
        assert_eq!(bar(plain, 0.01, 10.0, 10), "#");
        assert_eq!(bar(plain, 0.0, 10.0, 10), "");
        assert_eq!(bar(plain, 20.0, 10.0, 4), "####");
        assert_eq!(bar(Paint::rich(), 1.0, 16.0, 10), "▋");
        assert_eq!(bar(Paint::rich(), 10.0, 10.0, 3), "███");
    }
}
