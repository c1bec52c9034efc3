//! Who would have got what, beside what happened.

use crate::term::{Align, Paint, Table, grouped, percent, plural, two_bars};
use serde::Serialize;

/// One agent under a draft.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct WhatIfLine {
    pub(crate) agent: String,
    /// In the draft; `None`: not a member of it.
    pub(crate) weight: Option<f64>,
    pub(crate) would: i64,
    pub(crate) happened: i64,
}

/// A table with two bars an agent: above what would have been, below what happened.
pub(crate) fn what_if(paint: Paint, title: &str, lines: &[WhatIfLine]) -> String {
    let most = lines.iter().flat_map(|l| [l.would, l.happened]).max().unwrap_or(0) as f64;
    let would: i64 = lines.iter().map(|l| l.would).sum();
    let happened: i64 = lines.iter().map(|l| l.happened).sum();
    let mut table = Table::new(&[
        ("AGENT", Align::Left),
        ("WEIGHT", Align::Right),
        ("", Align::Left),
        ("LEADS", Align::Right),
        ("SHARE", Align::Right),
        ("", Align::Left),
        ("CHANGE", Align::Right),
    ]);
    for line in lines {
        let bars = two_bars(paint, line.would as f64, line.happened as f64, most, 28);
        let [above, below] = bars;
        let change = line.would - line.happened;
        let change = match change {
            0 => paint.dim("="),
            c if c > 0 => paint.green(&format!("+{}", grouped(c))),
            c => paint.yellow(&grouped(c)),
        };
        table.row(vec![
            line.agent.clone(),
            line.weight.map_or_else(|| "–".to_owned(), |weight| weight.to_string()),
            paint.cyan("would"),
            grouped(line.would),
            percent(line.would as f64, would as f64),
            above,
            change,
        ]);
        table.row(vec![
            String::new(),
            String::new(),
            paint.dim("did"),
            paint.dim(&grouped(line.happened)),
            paint.dim(&percent(line.happened as f64, happened as f64)),
            below,
            String::new(),
        ]);
    }
    let mut text = format!("{}\n", paint.heading("🧪", title));
    if lines.iter().all(|line| line.happened == 0) {
        return text + "  No lead was given out in that time.\n";
    }
    text.push_str(&table.render(paint));
    let unserved = happened - would;
    if unserved > 0 {
        text.push_str(&format!(
            "  {} would have waited: nobody in the draft could take them\n",
            plural(unserved, "lead")
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_bars_an_agent() {
        let line = |agent: &str, weight, would, happened| WhatIfLine {
            agent: agent.into(),
            weight,
            would,
            happened,
        };
        let lines = [line("Asha", Some(2.0), 14, 10), line("Bilal", None, 0, 7)];
        let expected = "\
If META had been round_robin
  AGENT  WEIGHT         LEADS    SHARE                                CHANGE
  Asha        2  would     14  100.0 %  ############################      +4
                 did       10   58.8 %  ####################
  Bilal       –  would      0    0.0 %                                    -7
                 did        7   41.2 %  ##############
  3 leads would have waited: nobody in the draft could take them
";
        assert_eq!(what_if(Paint::plain(), "If META had been round_robin", &lines), expected);
    }
}
