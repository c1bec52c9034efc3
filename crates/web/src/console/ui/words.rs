//! Numbers and lists in words.

/// `1,234,567`.
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "−" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 lead`, `20 leads`.
pub(crate) fn plural(number: i64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// `17.8 %`; of nothing: `–`. What is not quite all is not rounded to all, nor a little to nothing.
pub(crate) fn percent(part: f64, whole: f64) -> String {
    match part / whole * 100.0 {
        _ if whole <= 0.0 => "–".to_owned(),
        share if part < whole && share >= 99.95 => "> 99.9 %".to_owned(),
        share if part > 0.0 && share < 0.05 => "< 0.1 %".to_owned(),
        share => format!("{share:.1} %"),
    }
}

/// A number where there is little room: `850`, `7,500`, `20 k`, `1.5 M`.
pub(crate) fn short(number: i64) -> String {
    let tenth = |number: i64, unit: i64, word: &str| match (number % unit) * 10 / unit {
        0 => format!("{} {word}", number / unit),
        tenths => format!("{}.{tenths} {word}", number / unit),
    };
    match number {
        n if n >= 1_000_000 => tenth(n, 1_000_000, "M"),
        n if n >= 10_000 => tenth(n, 1_000, "k"),
        n => grouped(n),
    }
}

/// `320 ms`, `1.4 s`, `2 min 05 s`.
pub(crate) fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => format!("{:.0} ms", s * 1000.0),
        s if s < 60.0 => format!("{s:.1} s"),
        s => format!("{} min {:02} s", s as i64 / 60, s as i64 % 60),
    }
}

/// `84 kB`, `2.5 MB`.
pub(crate) fn bytes(bytes: i64) -> String {
    match bytes as f64 {
        b if b < 1e6 => format!("{:.0} kB", b / 1e3),
        b if b < 1e7 => format!("{:.1} MB", b / 1e6),
        b => format!("{} MB", grouped((b / 1e6) as i64)),
    }
}

/// `Asha, Bilal and Chitra`; many more than `most`: `… and 4 others`.
pub(crate) fn names<S: AsRef<str>>(names: &[S], most: usize) -> String {
    let all: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match all.as_slice() {
        [] => "nobody".to_owned(),
        [one] => (*one).to_owned(),
        all if all.len() > most + 1 => format!("{} and {} others", all[..most].join(", "), all.len() - most),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// A fragment as a sentence: first letter large, a full stop.
pub(crate) fn sentence(fragment: &str) -> String {
    let mut letters = fragment.chars();
    let mut text: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_not_rounded_to_all_or_nothing() {
        let told: Vec<String> = [(0, 9), (1, 100_000), (1, 8), (149_999, 150_000), (9, 9), (1, 0)]
            .map(|(part, whole)| percent(f64::from(part), f64::from(whole)))
            .into();
        assert_eq!(told, ["0.0 %", "< 0.1 %", "12.5 %", "> 99.9 %", "100.0 %", "–"]);
    }

    #[test]
    fn large_numbers_fit_beside_an_axis() {
        assert_eq!(
            [850, 7_500, 25_000, 12_500, 1_500_000].map(short),
            ["850", "7,500", "25 k", "12.5 k", "1.5 M"]
        );
    }
}
