//! Traces and recorded history.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::thousandths;
use model::PolicyKind;
use routing::{DraftMember, RecordedLead, TraceError, Verdict, WhatIf, run_trace, what_if};

const TRACE: &str = r#"{"t":0,"ev":"join","agent":"a0","weight":1.0,"skills":["hi","en"],"cap_day":0}
{"t":0,"ev":"join","agent":"a1","weight":1.0,"skills":["en"],"cap_day":1}
{"t":0,"ev":"midnight"}
{"t":10,"ev":"lead","lead":"L0","skill":"en","value":1.5}
{"t":11,"ev":"lead","lead":"L1","skill":"en","value":1.5}
{"t":12,"ev":"lead","lead":"L2","skill":"en","value":1.5}
{"t":13,"ev":"absent","agent":"a0"}
{"t":14,"ev":"lead","lead":"L3","skill":"en","value":1.5}
{"t":86400,"ev":"midnight"}
{"t":86410,"ev":"lead","lead":"L4","skill":"en","value":1.5}
{"t":86411,"ev":"lead","lead":"L5","skill":"hi","value":1.5}
{"t":86412,"ev":"back","agent":"a0"}
{"t":86413,"ev":"lead","lead":"L6","skill":"hi","value":1.5}
"#;

fn answer(trace: &str) -> Result<(String, routing::TraceSummary), TraceError> {
    let mut output = Vec::new();
    let summary = run_trace(trace.as_bytes(), PolicyKind::Fair, &mut output)?;
    Ok((String::from_utf8(output).unwrap(), summary))
}

#[test]
fn a_trace_is_answered_with_caps_skills_absences_and_midnight() {
    let (csv, summary) = answer(TRACE).unwrap();
    assert_eq!(csv, "L0,a0\nL1,a1\nL2,a0\nL4,a1\nL6,a0\n");
    assert_eq!((summary.leads, summary.unserved), (7, 2));
    assert_eq!(summary.by_agent, [("a0".to_owned(), 3), ("a1".to_owned(), 2)]);
}

#[test]
fn a_trace_that_makes_no_sense_names_the_line() {
    assert!(matches!(answer("\n{\"t\":0}\n"), Err(TraceError::Syntax { line: 2, .. })));
    let stranger = r#"{"t":0,"ev":"back","agent":"x"}"#;
    assert!(matches!(answer(stranger), Err(TraceError::UnknownAgent { line: 1, .. })));
    let feather = r#"{"t":0,"ev":"join","agent":"x","weight":0}"#;
    assert!(matches!(answer(feather), Err(TraceError::Weight { line: 1 })));
}

#[test]
fn a_draft_is_held_against_what_happened() {
    let member = |agent_no, weight| DraftMember {
        agent_no,
        weight: thousandths(weight),
        skills: vec!["en".into()],
        total: 0,
    };
    let lead = |happened, verdicts: &[(i64, Verdict)]| RecordedLead {
        skills: vec!["en".into()],
        happened: Some(happened),
        verdicts: verdicts.to_vec(),
    };
    let mut history = vec![lead(1, &[(2, Verdict::Away)]); 4];
    history.extend(vec![lead(3, &[(1, Verdict::Eligible), (2, Verdict::Removed)]); 8]);
    let rows = what_if(PolicyKind::Fair, &[member(1, 1000), member(2, 3000)], history);
    let row = |agent_no, happened, would| WhatIf { agent_no, happened, would };
    assert_eq!(rows, [row(1, 4, 6), row(2, 0, 6), row(3, 8, 0)]);
}
