//! A small table: a dim line of titles, columns two spaces apart, no rules.

use crate::term::Paint;
use console::measure_text_width as width_of;

/// Which side a column leans to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Rows of painted cells.
pub(crate) struct Table {
    titles: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(titles: &[(&'static str, Align)]) -> Self {
        Self { titles: titles.to_vec(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines, each indented by two spaces and ended.
    pub(crate) fn render(&self, paint: Paint) -> String {
        let widths: Vec<usize> = (0..self.titles.len()).map(|column| self.width(column)).collect();
        let mut text = String::new();
        if self.titles.iter().any(|(title, _)| !title.is_empty()) {
            let titles: Vec<String> = self.titles.iter().map(|(title, _)| paint.dim(title)).collect();
            self.line(&mut text, &titles, &widths);
        }
        for row in &self.rows {
            self.line(&mut text, row, &widths);
        }
        text
    }

    fn width(&self, column: usize) -> usize {
        let title = self.titles[column].0.chars().count();
        let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|cell| width_of(cell));
        cells.max().unwrap_or(0).max(title)
    }

    fn line(&self, text: &mut String, cells: &[String], widths: &[usize]) {
        let mut line = String::new();
        for ((cell, width), (_, align)) in cells.iter().zip(widths).zip(&self.titles) {
            let gap = " ".repeat(width.saturating_sub(width_of(cell)));
            line.push_str("  ");
            match align {
                Align::Left => line.extend([cell.as_str(), &gap]),
                Align::Right => line.extend([&gap, cell.as_str()]),
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_script() {
        let mut table = Table::new(&[("AGENT", Align::Left), ("LEADS", Align::Right)]);
        table.row(vec!["Zoë".into(), "7".into()]);
        table.row(vec!["李雷".into(), "1,200".into()]);
        let expected = "  AGENT  LEADS\n  Zoë        7\n  李雷   1,200\n";
        assert_eq!(table.render(Paint::plain()), expected);
    }
}
