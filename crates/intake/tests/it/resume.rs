//! Reading can stop behind any row and go on there, in every encoding.

use intake::format::{Encoding, TextFormat};
use intake::{Resume, RowReader, Rows};
use proptest::prelude::*;
use std::io::Cursor;

type Seen = Result<(u64, Vec<String>, String), (u64, String, String)>;

fn read(bytes: &[u8], format: &TextFormat, from: Option<Resume>) -> Vec<(Seen, Resume)> {
    let mut reader = RowReader::open(Cursor::new(bytes), format, 3, from).unwrap();
    let mut seen = Vec::new();
    loop {
        let row = match reader.next_row().unwrap() {
            None => return seen,
            Some(Ok(row)) => Ok((row.line(), row.cells().map(str::to_owned).collect(), row.original())),
            Some(Err(error)) => Err((error.line, error.reason, error.original)),
        };
        seen.push((row, reader.position()));
    }
}

fn encode(text: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Windows1252 => encoding_rs::WINDOWS_1252.encode(text).0.into_owned(),
        Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn resuming_behind_any_row_gives_the_same_rows(
        lines in prop::collection::vec(
            prop_oneof![
                4 => "[a-z0-9 é]{0,6},[a-z0-9ü😀]{0,6},[a-z]{0,4}",
                2 => "\"[a-z,\n]{0,6}\",\"(\"\"|[a-z\n😀]){0,4}\",[a-z]{0,4}",
                1 => "[a-z\",\n]{0,12}",
                1 => Just(String::new()),
                1 => "\"[a-z]{1,3},\"\"[a-z,]{1,4}\"\",[a-z]{1,3}\"",
            ],
            0..14,
        ),
        ending in prop::sample::select(vec!["\n", "\r\n"]),
        encoding in prop::sample::select(vec![
            Encoding::Utf8, Encoding::Windows1252, Encoding::Utf16Le, Encoding::Utf16Be,
        ]),
        has_header: bool,
    ) {
        let bytes = encode(&lines.join(ending), encoding);
        let format = TextFormat {
            delimiter: ',', encoding, start: 0, first_line: 1, has_header, quote: Some('"'), cr_lines: false,
        };
        let all = read(&bytes, &format, None);
        for (index, (_, position)) in all.iter().enumerate() {
            let frozen: Resume = serde_json::from_str(&serde_json::to_string(position).unwrap()).unwrap();
            prop_assert_eq!(frozen.rows, index as u64 + 1);
            prop_assert_eq!(&read(&bytes, &format, Some(frozen))[..], &all[index + 1..]);
        }
    }

    #[test]
    fn well_formed_rows_come_back_as_they_were_written(
        rows in prop::collection::vec(prop::collection::vec("[a-zA-Z0-9 ,;\"\né😀]{0,8}", 3), 1..12),
    ) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let format = TextFormat {
            delimiter: ',', encoding: Encoding::Utf8, start: 0, first_line: 1, has_header: false, quote: Some('"'),
            cr_lines: false,
        };
        let seen: Vec<_> = read(&bytes, &format, None).into_iter().map(|(row, _)| row.unwrap().1).collect();
        let blank = |row: &&Vec<String>| row.iter().any(|cell| cell.chars().any(|c| !matches!(c, ' ' | '\n')));
        let written: Vec<_> = rows.iter().filter(blank).cloned().collect();
        prop_assert_eq!(seen.into_iter().filter(|row| blank(&row)).collect::<Vec<_>>(), written);
    }
}
