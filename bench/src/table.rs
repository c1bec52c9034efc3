//! The table at the end: work | ours | baseline | limit | ratio | goal | met?

use crate::bench::NotAsked;

#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

/// One line of the table. A row without a verdict is printed and counts for nothing.
#[derive(Default)]
pub(crate) struct Row {
    cells: [String; 6],
    met: Option<bool>,
}

const HEAD: [&str; 7] = ["work", "ours", "baseline", "limit", "ratio", "goal", "met?"];

impl Row {
    pub(crate) fn of(work: impl Into<String>) -> Self {
        Self::default().cell(0, work)
    }

    pub(crate) fn ours(self, text: impl Into<String>) -> Self {
        self.cell(1, text)
    }

    pub(crate) fn baseline(self, text: impl Into<String>) -> Self {
        self.cell(2, text)
    }

    pub(crate) fn limit(self, text: impl Into<String>) -> Self {
        self.cell(3, text)
    }

    /// The figure, the goal in words, and whether it is reached.
    pub(crate) fn verdict(self, ratio: impl Into<String>, goal: impl Into<String>, met: bool) -> Self {
        Self { met: Some(met), ..self.cell(4, ratio).cell(5, goal) }
    }

    pub(crate) fn printed(self, ratio: impl Into<String>) -> Self {
        self.cell(4, ratio).cell(5, "printed")
    }

    /// A figure that could not be had is a goal not met, unless nobody asked for it.
    pub(crate) fn failed(self, error: &anyhow::Error) -> Self {
        if error.is::<NotAsked>() {
            return self.cell(1, "left out");
        }
        let text = format!("{error:#}").replace(['\n', '|'], " ");
        Self { met: Some(false), ..self.cell(1, format!("not measured: {:.90}", text)) }
    }

    fn cell(mut self, at: usize, text: impl Into<String>) -> Self {
        self.cells[at] = text.into();
        self
    }

    fn texts(&self) -> Vec<&str> {
        let met = match self.met {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "",
        };
        self.cells.iter().map(String::as_str).chain([met]).collect()
    }
}

impl Table {
    pub(crate) fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub(crate) fn all_met(&self) -> bool {
        self.rows.iter().all(|row| row.met != Some(false))
    }

    pub(crate) fn print(&self) {
        let lines: Vec<Vec<&str>> =
            std::iter::once(HEAD.to_vec()).chain(self.rows.iter().map(Row::texts)).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
        for (number, line) in lines.iter().enumerate() {
            let cells: Vec<String> =
                line.iter().zip(&widths).map(|(text, width)| format!("{text:width$}")).collect();
            println!("| {} |", cells.join(" | "));
            if number == 0 {
                let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
                println!("| {} |", rules.join(" | "));
            }
        }
    }
}
