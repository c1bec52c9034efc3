//! The files of `imports/` give exactly what `expected.json` says; the headers of known exports are recognised.

use crate::{Outcome, import, refusal};
use intake::fields::{Field, Mapping};
use intake::{FileError, email};
use serde_json::Value;
use std::collections::HashSet;

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/imports/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn json(name: &str) -> Value {
    let text =
        std::fs::read_to_string(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn expected(name: &str, key: &str) -> usize {
    json("imports/expected.json")["files"][name][key].as_u64().unwrap() as usize
}

fn all_accepted(name: &str) -> Outcome {
    let outcome = import(&file(name), name, &[]).unwrap();
    assert_eq!(outcome.rejected, [], "{name}");
    assert_eq!(outcome.leads.len(), expected(name, "rows"), "{name}");
    let phones: HashSet<_> = outcome.leads.iter().map(|lead| lead.phone.unwrap()).collect();
    assert_eq!(phones.len(), expected(name, "unique_leads"), "{name}");
    outcome
}

#[test]
fn a_meta_download_in_utf_16_is_read_whole() {
    let outcome = all_accepted("meta_form_download.csv");
    let lead = &outcome.leads[0];
    assert_eq!(lead.phone.unwrap().to_string(), "+918000001000");
    assert_eq!(lead.external_id.as_deref(), Some("l:100000000000000"));
    assert_eq!(lead.details.enquired_at.unwrap().to_string(), "2025-09-30T18:45:00Z");
    assert_eq!(lead.details.custom["form_name"], "Form \"A\"");
    assert_eq!(outcome.leads[1].name.as_deref(), Some("Johan Müller"));
}

#[test]
fn german_headers_in_windows_1252_are_understood() {
    let outcome = all_accepted("semicolon_cp1252.csv");
    let names: Vec<_> = outcome.leads.iter().map(|lead| lead.name.clone().unwrap()).collect();
    assert_eq!(&names[1..3], ["Zoë Müller", "José Núñez"]);
    assert_eq!(outcome.leads[0].value, Some(1_123_500));
    assert_eq!(outcome.leads[0].city.as_deref(), Some("Soweto"));
}

#[test]
fn a_dialler_list_without_a_header_is_recognised_by_its_shape() {
    let outcome = all_accepted("dialler_pipe_noheader.txt");
    let lead = &outcome.leads[0];
    assert_eq!(lead.phone.unwrap().to_string(), "+918000005000");
    assert_eq!(lead.name.as_deref(), Some("Nomvula Núñez"));
    assert_eq!(lead.external_id.as_deref(), Some("V0"));
    assert_eq!(lead.details.custom["status"], "NEW");
}

#[test]
fn lines_quoted_whole_are_repaired_and_short_rows_kept() {
    let outcome = import(&file("ragged_bom.csv"), "ragged_bom.csv", &[]).unwrap();
    assert_eq!(outcome.rejected, []);
    assert_eq!(outcome.leads.len(), 41);
    assert_eq!(outcome.leads[4].name.as_deref(), Some("Patel, Sipho"));
    assert_eq!(outcome.leads[4].details.custom["Notes"], "Polokwane");
    assert!(outcome.leads[0].details.custom["Notes"].as_str().unwrap().contains("\"call"));
}

#[test]
fn a_workbook_gives_phones_as_digits_and_serial_dates_as_times() {
    let outcome = all_accepted("numbers_as_phones.xlsx");
    assert_eq!(outcome.leads[0].details.enquired_at.unwrap().to_string(), "2025-10-01T12:00:00Z");
    assert_eq!(outcome.leads[1].phone.unwrap().to_string(), "+919000004001");
    let formula_like = outcome.leads.iter().filter_map(|lead| lead.details.custom.get("Comment")).count();
    assert_eq!(formula_like, expected("numbers_as_phones.xlsx", "formula_like_cells"));
    assert_eq!(outcome.preview.rows.len(), 20);
    assert_eq!(outcome.preview.rows[0].line, 2);
}

#[test]
fn a_call_log_is_refused_by_name_unless_its_numbers_are_wanted() {
    assert!(matches!(refusal(&file("Master.csv"), "Master.csv"), FileError::CallLog));
    let outcome = import(&file("Master.csv"), "Master.csv", &["dst=phone"]).unwrap();
    assert_eq!(outcome.leads.len() + outcome.rejected.len(), expected("Master.csv", "rows"));
    assert_eq!(outcome.leads[0].phone.unwrap().to_string(), "+919876500000");
    assert_eq!(outcome.leads[0].details.custom["clid"], "\"Agent \"\"8001\"\"\" <8001>");
}

#[test]
fn empty_files_and_bare_headers_are_told_apart() {
    assert!(matches!(refusal(&file("empty.csv"), "empty.csv"), FileError::Empty));
    assert!(matches!(refusal(&file("header_only.csv"), "header_only.csv"), FileError::NoRows));
    assert!(matches!(refusal(b"\n \n\n", "blank.csv"), FileError::Empty));
}

#[test]
fn text_under_a_workbooks_name_is_read_as_the_text_it_is() {
    let outcome = import(&file("not_really.xlsx"), "not_really.xlsx", &[]).unwrap();
    assert_eq!(outcome.leads.len(), 1);
}

#[test]
fn a_row_with_a_nul_byte_is_rejected_and_the_next_one_read() {
    let outcome = import(&file("nul_bytes.csv"), "nul_bytes.csv", &[]).unwrap();
    assert_eq!(outcome.leads.len(), 1);
    assert_eq!(
        (outcome.rejected[0].line, outcome.rejected[0].reason.as_str()),
        (2, "the row holds a NUL byte")
    );
}

#[test]
fn emails_are_accepted_and_rejected_as_listed() {
    let emails = json("emails.json");
    for text in emails["accept"].as_array().unwrap() {
        assert!(email::parse(text.as_str().unwrap()).is_ok(), "{text}");
    }
    for list in ["reject", "header_injection_must_never_reach_smtp"] {
        for text in emails[list].as_array().unwrap() {
            assert!(email::parse(text.as_str().unwrap()).is_err(), "{text}");
        }
    }
    for pair in emails["same_mailbox_after_trim_and_domain_lowercase"].as_array().unwrap() {
        assert_eq!(email::parse(pair[0].as_str().unwrap()), email::parse(pair[1].as_str().unwrap()));
    }
}

#[test]
fn the_headers_of_every_known_export_are_recognised_without_a_mapping() {
    let want: &[(&str, &[(&str, Field)])] = &[
        (
            "EspoCRM Lead",
            &[
                ("name", Field::Name),
                ("firstName", Field::FirstName),
                ("title", Field::Custom),
                ("opportunityAmount", Field::Value),
                ("addressCity", Field::City),
                ("addressState", Field::Region),
                ("addressPostalCode", Field::PostalCode),
                ("emailAddress", Field::Email),
                ("phoneNumber", Field::Phone),
                ("createdAt", Field::CreatedAt),
            ],
        ),
        (
            "Frappe CRM Lead",
            &[
                ("lead_name", Field::Name),
                ("mobile_no", Field::Phone),
                ("phone", Field::Phone),
                ("facebook_lead_id", Field::ExternalId),
            ],
        ),
        (
            "HubSpot contacts",
            &[
                ("Record ID", Field::ExternalId),
                ("Phone Number", Field::Phone),
                ("Create Date", Field::CreatedAt),
            ],
        ),
        (
            "Salesforce leads report",
            &[("Title", Field::Custom), ("Phone", Field::Phone), ("Last Name", Field::LastName)],
        ),
        (
            "Zoho CRM leads",
            &[("Record Id", Field::ExternalId), ("Mobile", Field::Phone), ("Created Time", Field::CreatedAt)],
        ),
        (
            "Odoo crm.lead",
            &[
                ("id", Field::ExternalId),
                ("Opportunity", Field::Title),
                ("Contact Name", Field::Name),
                ("City", Field::City),
                ("Email", Field::Email),
            ],
        ),
        (
            "LeadSquared",
            &[("Prospect ID", Field::ExternalId), ("Lead Number", Field::Custom), ("Email", Field::Email)],
        ),
    ];
    let exports = json("crm_headers.json");
    for (export, fields) in want {
        let headers = exports["verified_in_stored_source"]
            .get(export)
            .or(exports["from_memory_unverified"].get(export));
        let headers: Vec<String> = serde_json::from_value(headers.unwrap().clone()).unwrap();
        let mapping = Mapping::propose(Some(&headers), &[]);
        mapping.check().unwrap();
        for (header, field) in *fields {
            let column = mapping.columns.iter().find(|column| column.header == *header).unwrap();
            assert_eq!(column.field, *field, "{export}: {header}");
        }
    }
}

#[test]
fn the_first_usable_phone_wins_and_the_other_is_kept() {
    let csv = "Last Name,Phone,Mobile\nA,,9876543210\nB,9876543211,9876543212\nC,123,9876543213\n";
    let outcome = import(csv.as_bytes(), "zoho.csv", &[]).unwrap();
    let phones: Vec<_> = outcome.leads.iter().map(|lead| lead.phone.unwrap().to_string()).collect();
    assert_eq!(phones, ["+919876543210", "+919876543211", "+919876543213"]);
    assert_eq!(outcome.leads[1].details.custom["Mobile"], "9876543212");
    assert_eq!(outcome.leads[2].details.custom["phone_unreadable"], "123");
}
