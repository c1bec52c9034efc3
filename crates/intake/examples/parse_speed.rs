//! How fast a file is read: `cargo run --release -p intake --example parse_speed -- FILE [REGION]`.
#![expect(clippy::print_stdout, reason = "a measuring program prints")]

use intake::{FileError, RowConverter, phone, preview};
use std::fs::File;
use std::time::Instant;

fn main() -> Result<(), FileError> {
    let mut args = std::env::args().skip(1);
    let path = args.next().unwrap_or_default();
    let region = args.next().unwrap_or_else(|| "IN".to_owned());
    let shown = preview::inspect(File::open(&path)?, &path)?;
    shown.mapping.check()?;
    println!("{:?}", shown.format);
    let open = || preview::open_rows(File::open(&path)?, &shown.format, shown.columns.len(), None);

    let (mut rows, began, mut bytes) = (open()?, Instant::now(), 0);
    while let Some(row) = rows.next_row()? {
        bytes += row.map_or(0, |row| row.get(0).len());
    }
    report("parse", rows.position().rows, began);

    let converter = RowConverter::new(shown.mapping.clone(), &region, jiff::tz::TimeZone::UTC);
    let (mut rows, began, mut leads) = (open()?, Instant::now(), 0u64);
    while let Some(row) = rows.next_row()? {
        leads += u64::from(row.is_ok_and(|row| converter.convert(&row).is_ok()));
    }
    report("parse and convert", rows.position().rows, began);
    println!("{leads} leads, {bytes} bytes in first cells");

    for text in ["+27600000123", "9876543210", "098765 43210", "+91 98765 43210", "p:+919876543210"] {
        let _ = phone::parse(text, "IN");
        let (began, mut valid) = (Instant::now(), 0u64);
        for _ in 0..1_000_000 {
            valid += u64::from(phone::parse(std::hint::black_box(text), "IN").is_ok());
        }
        report(&format!("phone {text} ({})", valid == 1_000_000), 1_000_000, began);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or(""));
    Ok(())
}

fn report(what: &str, rows: u64, began: Instant) {
    let seconds = began.elapsed().as_secs_f64();
    println!("{what}: {:.2} M/s, {:.3} µs each", rows as f64 / seconds / 1e6, seconds * 1e6 / rows as f64);
}
