//! Files that were not made to be read.

use crate::{import, refusal};
use intake::FileError;

#[test]
fn an_unclosed_quote_costs_its_own_line_only() {
    let csv = "name,phone\nA,9876543210\n\"B,9876543211\nC,9876543212\n\"D\",9876543213\nE,\"9876543214\"\n";
    let outcome = import(csv.as_bytes(), "a.csv", &[]).unwrap();
    let names: Vec<_> = outcome.leads.iter().map(|lead| lead.name.clone().unwrap()).collect();
    assert_eq!(names, ["A", "C", "D", "E"]);
    assert_eq!(outcome.rejected.len(), 1);
    assert_eq!((outcome.rejected[0].line, outcome.rejected[0].original.as_str()), (3, "\"B,9876543211"));
}

#[test]
fn a_quote_left_open_over_megabytes_swallows_nothing() {
    let mut csv = String::from("name,phone\n\"A,9876543210\n");
    for row in 0..100_000 {
        csv.push_str(&format!("somebody with a name,{}\n", 9_800_000_000u64 + row));
    }
    let outcome = import(csv.as_bytes(), "a.csv", &[]).unwrap();
    assert_eq!((outcome.leads.len(), outcome.rejected.len()), (100_000, 1));
    assert_eq!(outcome.rejected[0].reason, "a quote opens here and is not closed");
}

#[test]
fn quotes_that_close_and_reopen_on_every_line_do_not_make_it_crawl() {
    let csv = format!("name,phone\n\"y\",1\n{}", "x\",\"y\n".repeat(400_000));
    let began = std::time::Instant::now();
    let _ = import(csv.as_bytes(), "a.csv", &[]);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn a_line_of_two_megabytes_is_rejected_and_the_next_one_read() {
    let csv = format!("name,phone\n{},1\nB,9876543211\n", "x".repeat(2 << 20));
    let outcome = import(csv.as_bytes(), "a.csv", &[]).unwrap();
    assert_eq!(outcome.leads.len(), 1);
    assert_eq!(
        (outcome.rejected[0].line, outcome.rejected[0].reason.as_str()),
        (2, "the row is longer than 1 MiB")
    );
    assert_eq!(outcome.rejected[0].original.len(), 4_000);
}

#[test]
fn long_rows_are_rejected_unless_what_is_too_much_is_empty() {
    let csv = "name,phone\nA,9876543210,extra\nB,9876543211,,\n,,\nC\n";
    let outcome = import(csv.as_bytes(), "a.csv", &[]).unwrap();
    assert_eq!(outcome.leads.len(), 1);
    let reasons: Vec<_> =
        outcome.rejected.iter().map(|row| (row.line, row.column.as_str(), row.reason.as_str())).collect();
    assert_eq!(
        reasons,
        [(2, "", "the row has 3 cells, the header 2"), (5, "phone", "neither phone nor e-mail")]
    );
}

#[test]
fn duplicate_columns_are_named_and_can_be_mapped_apart() {
    let csv = b"Name,Phone,Phone\nA,9876543210,9876543211\n";
    let message = refusal(csv, "a.csv").to_string();
    assert!(message.contains("\"Phone\" (2 and 3)"), "{message}");
    let outcome = import(csv, "a.csv", &["3=ignore"]).unwrap();
    assert_eq!(outcome.leads[0].phone.unwrap().to_string(), "+919876543210");
    assert!(import(b"Name,,\nA,,9876543210\n", "a.csv", &["3=phone"]).is_ok());
}

#[test]
fn twenty_thousand_columns_are_one_clear_error() {
    let header: Vec<String> = (0..20_000).map(|n| format!("column{n}")).collect();
    let csv = format!("{}\n{}\n", header.join(","), "1,".repeat(19_999));
    assert!(matches!(
        refusal(csv.as_bytes(), "a.csv"),
        FileError::TooManyColumns { found: 20_000, most: 2_000 }
    ));
}

#[test]
fn rubbish_is_named_for_what_it_is() {
    let noise: Vec<u8> = (0..5_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for (bytes, says) in [
        (&b"%PDF-1.7 ..."[..], "PDF"),
        (b"\x89PNG\r\n", "image"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (&[0; 4_000], "binary"),
        (&noise, "binary"),
        (b"<html><table><tr><td>Name</td>", "web page"),
        (b"{\"name\": 1}", "JSON"),
    ] {
        let message = refusal(bytes, "leads.xlsx").to_string();
        assert!(message.contains(says), "{says}: {message}");
    }
    let broken = refusal(b"PK\x03\x04 and then nothing of the sort xl/", "leads.xlsx");
    assert!(matches!(broken, FileError::BadWorkbook(_)), "{broken}");
    assert!(matches!(
        refusal(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0], "a.xls"),
        FileError::BadWorkbook(_)
    ));
}

#[test]
fn a_workbook_over_the_cap_is_refused_by_naming_it() {
    // What unpacks to more than its cap is tested beside the code, with a lower one.
    let mut bytes = vec![0; (64 << 20) + 1];
    bytes[..7].copy_from_slice(b"PK\x03\x04xl/");
    let error = refusal(&bytes, "large.xlsx");
    assert!(error.is_too_large() && error.to_string().contains("64 MiB"), "{error}");
}

#[test]
fn a_file_without_a_contact_column_says_what_to_do() {
    let message = refusal(b"Colour,Shape\nred,round\n", "a.csv").to_string();
    assert!(message.contains("Colour, Shape") && message.contains("--map"), "{message}");
    let error = import(b"Colour,Shape\nred,round\n", "a.csv", &["Size=phone"]).err().unwrap().to_string();
    assert!(error.contains("no column \"Size\""), "{error}");
    let error = import(b"Colour,Shape\nred,round\n", "a.csv", &["Shape=fone"]).err().unwrap().to_string();
    assert!(error.contains("no such field"), "{error}");
}

#[test]
fn formulas_come_in_as_text_and_go_out_defused() {
    let outcome = import(b"name,phone,note\n=cmd|' /C calc'!A0,9876543210,@SUM(1)\n", "a.csv", &[]).unwrap();
    let name = outcome.leads[0].name.clone().unwrap();
    assert_eq!(name, "=cmd|' /C calc'!A0");
    assert_eq!(intake::export::formula_safe(&name), "'=cmd|' /C calc'!A0");
}

#[test]
fn reasons_name_column_and_cause_but_never_the_value() {
    let csv = "name,phone,email\nA,12345,\nB,12345,b@mail.example\nC,,nobody\nD,,\n";
    let outcome = import(csv.as_bytes(), "a.csv", &[]).unwrap();
    assert_eq!(outcome.leads.len(), 1);
    assert_eq!(outcome.leads[0].details.custom["phone_unreadable"], "12345");
    let reasons: Vec<_> =
        outcome.rejected.iter().map(|row| (row.column.as_str(), row.reason.as_str())).collect();
    assert_eq!(
        reasons,
        [
            ("phone", "phone: too short"),
            ("email", "e-mail: needs exactly one @"),
            ("phone", "neither phone nor e-mail")
        ]
    );
    assert_eq!(outcome.rejected[0].original, "A,12345,");
}

#[test]
fn excel_dialects_of_text_are_understood() {
    for csv in [
        "sep=;\r\nname;phone\r\nA;9876543210\r\n",
        "name\tphone\nA\t9876543210",
        "name|phone\rA|9876543210\r",
    ] {
        let outcome = import(csv.as_bytes(), "a.csv", &[]).unwrap();
        assert_eq!(outcome.leads.len(), 1, "{csv:?}");
        assert_eq!(outcome.leads[0].name.as_deref(), Some("A"), "{csv:?}");
    }
}
