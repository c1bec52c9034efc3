//! The flow of leads as charts.

use crate::app::App;
use crate::console::oops::Oops;
use crate::console::ui::chart::{self, Series};
use crate::console::visit::Visit;
use crate::rights::Own;
use engine::overview::FlowSum;
use maud::Markup;
use model::Micros;
use std::collections::BTreeMap;
use store::source::Source;

const DAYS: i64 = 7;
const DAY: i64 = 24 * 3600 * Micros::SECOND;
/// Sources with a colour of their own; the rest is one.
const COLOURS: usize = 7;

/// Created against assigned, hour by hour.
pub(super) fn day(visit: &Visit<Own>, hours: &[FlowSum]) -> Markup {
    let labels: Vec<String> = hours.iter().map(|step| label(visit, step.from, "%H:%M")).collect();
    let series = [
        Series { name: "Came in", values: hours.iter().map(|step| step.created).collect() },
        Series { name: "Assigned", values: hours.iter().map(|step| step.assigned).collect() },
    ];
    chart::lines("Leads that came in and leads that were assigned, an hour", &labels, &series, 8)
}

fn label(visit: &Visit<Own>, at: Micros, form: &str) -> String {
    at.timestamp().to_zoned(visit.clock().zone().clone()).strftime(form).to_string()
}

/// Leads of the last seven local days by source.
pub(super) struct Week {
    days: Vec<Micros>,
    /// By source: what came in on each day.
    came: BTreeMap<i64, Vec<i64>>,
}

impl Week {
    /// The last one ends with today.
    pub(super) async fn load(app: &App, visit: &Visit<Own>, today: Micros) -> Result<Self, Oops> {
        let from = today.0 - (DAYS - 1) * DAY;
        let days = (0..DAYS).map(|n| Micros(from + n * DAY)).collect();
        let mut came: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for step in store::flow::flow_list(app.reader(), visit.org(), from, from + DAYS * DAY, DAY).await? {
            let place = ((step.from - from) / DAY) as usize;
            let days = came.entry(step.source_no).or_insert_with(|| vec![0; DAYS as usize]);
            if let Some(day) = days.get_mut(place) {
                *day += step.created;
            }
        }
        Ok(Self { days, came })
    }

    pub(super) fn chart(&self, visit: &Visit<Own>, sources: &[Source]) -> Markup {
        let labels: Vec<String> = self.days.iter().map(|day| label(visit, *day, "%a %-d")).collect();
        let mut by_size: Vec<(&i64, &Vec<i64>)> =
            self.came.iter().filter(|(_, v)| v.iter().any(|n| *n > 0)).collect();
        by_size
            .sort_by_key(|(source_no, values)| (std::cmp::Reverse(values.iter().sum::<i64>()), **source_no));
        let name = |no: i64| sources.iter().find(|s| s.source_no == no).map_or("?", |s| s.name.as_str());
        let mut series: Vec<Series<'_>> = by_size
            .iter()
            .take(COLOURS)
            .map(|(no, values)| Series { name: name(**no), values: (*values).clone() })
            .collect();
        if by_size.len() > COLOURS {
            let mut rest = vec![0; DAYS as usize];
            for (_, values) in &by_size[COLOURS..] {
                rest.iter_mut().zip(*values).for_each(|(sum, value)| *sum += value);
            }
            series.push(Series { name: "others", values: rest });
        }
        chart::columns("Leads that came in a day, by source", &labels, &series, 7)
    }
}
