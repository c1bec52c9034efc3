//! Numbers and lists in words.

/// `1,234,567`.
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
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

/// `17.8 %`; of nothing: `–`.
pub(crate) fn percent(part: f64, whole: f64) -> String {
    if whole > 0.0 { format!("{:.1} %", part / whole * 100.0) } else { "–".to_owned() }
}

/// `320 ms`, `1.4 s`, `2 min 05 s`.
pub(crate) fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => format!("{:.0} ms", s * 1000.0),
        s if s < 60.0 => format!("{s:.1} s"),
        s => format!("{} min {:02} s", s as i64 / 60, s as i64 % 60),
    }
}

/// `84 kB`, `2.5 MB`, `248 MB`.
pub(crate) fn megabytes(bytes: i64) -> String {
    let mb = bytes as f64 / 1e6;
    if mb < 1.0 {
        format!("{:.0} kB", mb * 1000.0)
    } else if mb < 10.0 {
        format!("{mb:.1} MB")
    } else {
        format!("{mb:.0} MB")
    }
}

/// `Asha`, `Asha and Bilal`, `Asha, Bilal and Chitra`; many more than `most`: `… and 4 others`.
pub(crate) fn names<S: AsRef<str>>(names: &[S], most: usize) -> String {
    let all: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match all.as_slice() {
        [] => "nobody".to_owned(),
        [one] => (*one).to_owned(),
        all if all.len() > most + 1 => format!("{} and {} others", all[..most].join(", "), all.len() - most),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(-1000), "-1,000");
        assert_eq!(plural(1, "lead"), "1 lead");
        assert_eq!(plural(2000, "lead"), "2,000 leads");
        assert_eq!(percent(7.0, 20.0), "35.0 %");
        assert_eq!(percent(0.0, 0.0), "–");
        assert_eq!(seconds(0.0321), "32 ms");
        assert_eq!(seconds(125.0), "2 min 05 s");
        assert_eq!([megabytes(84_329), megabytes(2_500_000)], ["84 kB", "2.5 MB"]);
        assert_eq!(megabytes(248_000_000), "248 MB");
    }

    #[test]
    fn lists_end_in_and() {
        assert_eq!(names::<&str>(&[], 3), "nobody");
        assert_eq!(names(&["Asha"], 3), "Asha");
        assert_eq!(names(&["Asha", "Bilal"], 3), "Asha and Bilal");
        assert_eq!(names(&["Asha", "Bilal", "Chitra"], 3), "Asha, Bilal and Chitra");
        assert_eq!(names(&["a", "b", "c", "d", "e"], 3), "a, b, c and 2 others");
    }
}
