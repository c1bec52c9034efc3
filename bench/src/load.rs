//! The load client: raw HTTP/1.1 on keep-alive connections, one thread, requests rendered beforehand.
//!
//! A request is one buffer in which only digits change (phone, e-mail, idempotency key), so that the client
//! leaves the processors to the server it measures.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::{LocalSet, spawn_local};

use crate::measure::{Latencies, own_cpu_seconds};

/// What is posted: a lead into `source`, with an idempotency key or without.
#[derive(Clone)]
pub(crate) struct Shape {
    pub(crate) token: String,
    pub(crate) source: String,
    pub(crate) keyed: bool,
}

/// What came of it.
pub(crate) struct Load {
    pub(crate) seconds: f64,
    /// How much of one core this client used, 0–1. Near 1 it measures itself, not the server.
    pub(crate) client: f64,
    pub(crate) latencies: Latencies,
    /// How many answers had which status.
    pub(crate) statuses: BTreeMap<u16, usize>,
}

impl Load {
    pub(crate) fn per_second(&self) -> f64 {
        self.latencies.count() as f64 / self.seconds
    }

    /// Every answer had this status: a lead that was created is 201, one that was there already only 200.
    pub(crate) fn check(&self, expected: u16) -> Result<()> {
        let bad: Vec<_> = self.statuses.iter().filter(|(status, _)| **status != expected).collect();
        ensure!(bad.is_empty(), "not all answers were {expected} (status, how many): {:?}", self.statuses);
        ensure!(self.latencies.count() > 0, "no answer at all");
        Ok(())
    }
}

/// Every lead that this process posts has its own number.
static NUMBER: AtomicU64 = AtomicU64::new(1);
const DIGITS: usize = 8;
const MARK: &str = "########";

/// `connections` post as fast as they are answered, for `time`.
pub(crate) fn flat_out(addr: SocketAddr, shape: &Shape, connections: usize, time: Duration) -> Result<Load> {
    let start = Instant::now();
    drive(addr, shape, connections, move |_, _| (start.elapsed() < time).then(Instant::now))
}

/// `connections` post `rate` requests a second between them until `stop`. A latency counts from when the request
/// was due, so that a stalled server is charged for the requests it kept waiting.
pub(crate) fn paced(
    addr: SocketAddr,
    shape: &Shape,
    connections: usize,
    rate: u32,
    stop: Arc<AtomicBool>,
) -> Result<Load> {
    let start = Instant::now();
    let gap = Duration::from_secs(1) / rate;
    drive(addr, shape, connections, move |connection, sent| {
        let due = start + gap * (sent * connections as u32 + connection as u32);
        (!stop.load(Ordering::Relaxed)).then_some(due)
    })
}

/// `due(connection, sent)` tells when a connection's next request is due, or that it is done.
fn drive<F>(addr: SocketAddr, shape: &Shape, connections: usize, due: F) -> Result<Load>
where
    F: Fn(usize, u32) -> Option<Instant> + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (start, cpu) = (Instant::now(), own_cpu_seconds());
    let due = Rc::new(due);
    let results = runtime.block_on(LocalSet::new().run_until(async {
        let start =
            |number| spawn_local(connection(addr, Request::render(addr, shape), number, Rc::clone(&due)));
        let clients: Vec<_> = (0..connections).map(start).collect();
        let mut results = Vec::new();
        for client in clients {
            results.push(client.await);
        }
        results
    }));
    let seconds = start.elapsed().as_secs_f64();
    let client = (own_cpu_seconds() - cpu) / seconds;
    let mut load = Load { seconds, client, latencies: Latencies::default(), statuses: BTreeMap::new() };
    for result in results {
        let (latencies, statuses) = result??;
        load.latencies.merge(latencies);
        statuses.into_iter().for_each(|(status, n)| *load.statuses.entry(status).or_default() += n);
    }
    Ok(load)
}

type Counted = (Latencies, BTreeMap<u16, usize>);

async fn connection<F>(addr: SocketAddr, mut request: Request, number: usize, due: Rc<F>) -> Result<Counted>
where
    F: Fn(usize, u32) -> Option<Instant> + 'static,
{
    let mut stream = TcpStream::connect(addr).await?;
    stream.set_nodelay(true)?;
    let mut answer = Vec::with_capacity(8192);
    let (mut latencies, mut statuses, mut sent) = (Latencies::default(), BTreeMap::new(), 0);
    while let Some(began) = due(number, sent) {
        if began > Instant::now() {
            tokio::time::sleep_until(began.into()).await; // never for a due one: timers have whole milliseconds
        }
        request.renumber(NUMBER.fetch_add(1, Ordering::Relaxed));
        stream.write_all(&request.bytes).await?;
        let status = read_answer(&mut stream, &mut answer).await?;
        latencies.push(began.elapsed());
        *statuses.entry(status).or_default() += 1;
        sent += 1;
    }
    Ok((latencies, statuses))
}

/// A rendered request and where its digits are.
struct Request {
    bytes: Vec<u8>,
    digits: Vec<usize>,
}

impl Request {
    fn render(addr: SocketAddr, shape: &Shape) -> Self {
        let body = body(&shape.source, MARK);
        let key = if shape.keyed { format!("Idempotency-Key: bench-{MARK}\r\n") } else { String::new() };
        let text = format!(
            "POST /api/v1/leads HTTP/1.1\r\nHost: {addr}\r\nAuthorization: Bearer {}\r\n{key}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            shape.token,
            body.len(),
        );
        let digits = text.match_indices(MARK).map(|(at, _)| at).collect();
        Self { bytes: text.into_bytes(), digits }
    }

    fn renumber(&mut self, number: u64) {
        let digits = format!("{:0DIGITS$}", number % 100_000_000);
        for at in &self.digits {
            self.bytes[*at..*at + DIGITS].copy_from_slice(digits.as_bytes());
        }
    }
}

/// The body that both the product and the echo are sent; `number` has eight digits.
pub(crate) fn body(source: &str, number: &str) -> String {
    format!(
        r#"{{"source":"{source}","contact":{{"name":"Asha Rao","phone":"+276{number}","email":"asha.rao{number}@example.com"}},"location":{{"city":"Pune"}},"category":"cleaning"}}"#
    )
}

/// Reads one whole answer and tells its status.
async fn read_answer(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Result<u16> {
    bytes.clear();
    loop {
        let read = stream.read_buf(bytes).await?;
        ensure!(read > 0, "the server closed the connection");
        if let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let whole = match content_length(&bytes[..head])? {
                Some(length) => bytes.len() >= head + 4 + length,
                None => bytes.ends_with(b"\r\n0\r\n\r\n"),
            };
            if whole {
                return std::str::from_utf8(&bytes[9..12])?.parse().context("no status");
            }
        }
    }
}

/// None for a chunked body.
fn content_length(head: &[u8]) -> Result<Option<usize>> {
    const NAME: &[u8] = b"\r\ncontent-length: ";
    let Some(at) = head.windows(NAME.len()).position(|window| window.eq_ignore_ascii_case(NAME)) else {
        return Ok(None);
    };
    let value = head[at + NAME.len()..].split(|byte| *byte == b'\r').next().unwrap_or_default();
    Ok(Some(std::str::from_utf8(value)?.trim().parse()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_digits_of_a_request_change() {
        let shape = Shape { token: "t".to_owned(), source: "s".to_owned(), keyed: true };
        let addr = "127.0.0.1:1".parse().unwrap();
        let mut request = Request::render(addr, &shape);
        assert_eq!(request.digits.len(), 3); // key, phone, e-mail
        request.renumber(42);
        let text = String::from_utf8(request.bytes).unwrap();
        assert!(text.contains("bench-00000042\r\n") && text.contains("\"+27600000042\""), "{text}");
    }

    #[test]
    fn the_length_is_found_whatever_its_case() {
        assert_eq!(content_length(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nx: y").unwrap(), Some(12));
        assert_eq!(content_length(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked").unwrap(), None);
    }
}
