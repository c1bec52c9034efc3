//! Figures of this process for Prometheus: a few atomics, nothing allocated a request.

use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the latency histogram, in microseconds.
const BOUNDS: [u64; 12] =
    [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000, 30_000_000];

/// What is counted.
#[derive(Default)]
pub(crate) struct Metrics {
    /// Answers by the first digit of their status, from 1.
    answers: [AtomicU64; 5],
    busy: AtomicU64,
    panics: AtomicU64,
    /// By bound; the last is everything above.
    durations: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
    running: AtomicI64,
    connections: AtomicI64,
    accepted: AtomicU64,
    sockets: AtomicI64,
    stalled: AtomicU64,
    delivered: AtomicU64,
}

impl Metrics {
    pub(crate) fn began(&self) {
        self.running.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn answered(&self, status: u16, took: Duration) {
        self.running.fetch_sub(1, Ordering::Relaxed);
        if let Some(answers) = self.answers.get(usize::from(status / 100).saturating_sub(1)) {
            answers.fetch_add(1, Ordering::Relaxed);
        }
        if status == 503 {
            self.busy.fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let place = BOUNDS.partition_point(|bound| *bound < micros);
        self.durations[place].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// The caller went away before its answer.
    pub(crate) fn abandoned(&self) {
        self.running.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn panicked(&self) {
        self.panics.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn connected(&self) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn disconnected(&self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn socket_opened(&self) {
        self.sockets.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn socket_closed(&self) {
        self.sockets.fetch_sub(1, Ordering::Relaxed);
    }

    /// A socket whose client does not read is being closed.
    pub(crate) fn socket_stalled(&self) {
        self.stalled.fetch_add(1, Ordering::Relaxed);
    }

    /// That many sockets were sent something.
    pub(crate) fn delivered(&self, sockets: u64) {
        self.delivered.fetch_add(sockets, Ordering::Relaxed);
    }

    /// Prometheus' text format.
    pub(crate) fn render(&self) -> String {
        let mut text = String::with_capacity(2048);
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        text.push_str("# HELP fairlead_http_answers_total Answers by class of status.\n");
        text.push_str("# TYPE fairlead_http_answers_total counter\n");
        for (class, count) in self.answers.iter().enumerate() {
            put(&mut text, &format!("fairlead_http_answers_total{{class=\"{}xx\"}}", class + 1), get(count));
        }
        for (name, help, count) in [
            ("fairlead_http_busy_total", "Answers 503.", &self.busy),
            ("fairlead_http_panics_total", "Requests that panicked.", &self.panics),
            ("fairlead_connections_total", "Connections accepted.", &self.accepted),
            ("fairlead_sockets_stalled_total", "Sockets closed because nobody read.", &self.stalled),
            (
                "fairlead_deliveries_total",
                "Events handed to sockets, together counted once.",
                &self.delivered,
            ),
        ] {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} counter");
            put(&mut text, name, get(count));
        }
        for (name, help, count) in [
            ("fairlead_http_running", "Requests being worked on.", &self.running),
            ("fairlead_connections", "Connections open.", &self.connections),
            ("fairlead_sockets", "WebSockets open.", &self.sockets),
        ] {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
            let _ = writeln!(text, "{name} {}", count.load(Ordering::Relaxed));
        }
        self.histogram(&mut text);
        text
    }

    fn histogram(&self, text: &mut String) {
        let name = "fairlead_http_duration_seconds";
        let _ = writeln!(text, "# HELP {name} From head to answer.\n# TYPE {name} histogram");
        let mut sum = 0;
        for (place, count) in self.durations.iter().enumerate() {
            sum += count.load(Ordering::Relaxed);
            match BOUNDS.get(place) {
                Some(bound) => {
                    let _ = writeln!(text, "{name}_bucket{{le=\"{}\"}} {sum}", *bound as f64 / 1e6);
                }
                None => {
                    let _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {sum}");
                }
            }
        }
        let _ = writeln!(text, "{name}_sum {}", self.micros.load(Ordering::Relaxed) as f64 / 1e6);
        put(text, &format!("{name}_count"), sum);
    }
}

fn put(text: &mut String, name: &str, value: u64) {
    // Writing to a String does not fail.
    let _ = writeln!(text, "{name} {value}");
}
