//! WebSocket clients: as many as are wanted on one thread, reading nothing but what they must.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::{LocalSet, spawn_local};

use crate::measure::{Latencies, Percentiles};

/// What is awaited comes within this time.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where to, as whom.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) addr: SocketAddr,
    pub(crate) path: String,
    pub(crate) token: String,
    /// The server greets.
    pub(crate) hello: bool,
}

/// An open socket.
struct Client {
    stream: TcpStream,
    bytes: Vec<u8>,
    /// The last cursor told.
    cursor: u64,
}

impl Client {
    async fn open(plan: &Plan, since: Option<u64>, receive_buffer: Option<u32>) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        if let Some(bytes) = receive_buffer {
            socket.set_recv_buffer_size(bytes)?;
        }
        let mut stream = socket.connect(plan.addr).await?;
        stream.set_nodelay(true)?;
        let since = since.map_or(String::new(), |cursor| format!("?since={cursor}"));
        let ask = format!(
            "GET {}{since} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {}\r\n\r\n",
            plan.path, plan.addr, plan.token
        );
        stream.write_all(ask.as_bytes()).await?;
        let (mut head, mut byte) = (Vec::with_capacity(512), [0]);
        while !head.ends_with(b"\r\n\r\n") {
            ensure!(stream.read(&mut byte).await? > 0, "closed: {}", String::from_utf8_lossy(&head));
            head.push(byte[0]);
        }
        ensure!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
        let mut client = Self { stream, bytes: Vec::new(), cursor: 0 };
        if plan.hello {
            ensure!(
                client.next(|payload| payload.starts_with(b"{\"type\":\"hello\"")).await?,
                "no hello first"
            );
        }
        Ok(client)
    }

    /// Reads one frame; what `take` makes of it.
    async fn next<T>(&mut self, take: impl FnOnce(&[u8]) -> T) -> Result<T> {
        loop {
            if let Some((begin, end)) = whole(&self.bytes) {
                let opcode = self.bytes[0] & 15;
                ensure!(opcode != 8, "the server closed the socket");
                let payload = &self.bytes[begin..end];
                if let Some(cursor) = text(payload, "\"cursor\":\"").and_then(|text| text.parse().ok()) {
                    self.cursor = cursor;
                }
                let taken = take(payload);
                self.bytes.drain(..end);
                return Ok(taken);
            }
            ensure!(self.stream.read_buf(&mut self.bytes).await? > 0, "the server cut the socket");
        }
    }
}

/// Where the payload of the first frame lies, once it is whole.
fn whole(bytes: &[u8]) -> Option<(usize, usize)> {
    let (begin, length) = match bytes.get(1)? & 127 {
        126 => (4, usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]))),
        127 => (10, bytes.get(2..10)?.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte))),
        short => (2, usize::from(short)),
    };
    (bytes.len() >= begin + length).then_some((begin, begin + length))
}

/// The text behind `key` up to the next quotation mark.
fn text<'a>(payload: &'a [u8], key: &str) -> Option<&'a str> {
    let payload = std::str::from_utf8(payload).ok()?;
    let at = payload.find(key)? + key.len();
    payload[at..].split('"').next()
}

fn is_event(payload: &[u8]) -> bool {
    payload.starts_with(b"{\"type\":\"lead_created\"") || payload.starts_with(b"x")
}

/// Many sockets that only count.
pub(crate) struct Crowd {
    runtime: Runtime,
    local: LocalSet,
    first: Rc<TcpStream>,
    heard: Rc<Heard>,
    sockets: usize,
    expected: usize,
}

#[derive(Default)]
struct Heard {
    events: Cell<usize>,
    wanted: Cell<usize>,
    enough: Notify,
}

impl Crowd {
    pub(crate) fn open(plan: &Plan, sockets: usize) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (local, heard) = (LocalSet::new(), Rc::new(Heard::default()));
        let first = local.block_on(&runtime, async {
            let mut first = None;
            for _ in 0..sockets {
                let client = Client::open(plan, None, None).await?;
                let stream = Rc::new(client.stream);
                first.get_or_insert_with(|| stream.clone());
                spawn_local(count(stream, heard.clone()));
            }
            first.context("no sockets")
        })?;
        Ok(Self { runtime, local, first, heard, sockets, expected: 0 })
    }

    /// The first socket sends.
    pub(crate) fn say(&mut self, bytes: &[u8]) -> Result<()> {
        let first = self.first.clone();
        self.local.block_on(&self.runtime, async move {
            first.writable().await?;
            ensure!(first.try_write(bytes)? == bytes.len(), "the server does not listen");
            Ok(())
        })
    }

    /// Until every socket has heard so many events more.
    pub(crate) fn each_hears(&mut self, events: usize) -> Result<()> {
        self.expected += events * self.sockets;
        self.heard.wanted.set(self.expected);
        let heard = self.heard.clone();
        self.local.block_on(&self.runtime, async move {
            let all = async {
                while heard.events.get() < heard.wanted.get() {
                    heard.enough.notified().await;
                }
            };
            tokio::time::timeout(PATIENCE, all)
                .await
                .map_err(|_| anyhow!("{} of {} events came", heard.events.get(), heard.wanted.get()))
        })
    }
}

/// Counts events until the socket ends.
async fn count(stream: Rc<TcpStream>, heard: Rc<Heard>) {
    let mut bytes: Vec<u8> = Vec::new();
    let mut piece = [0; 4096];
    while stream.readable().await.is_ok() {
        match stream.try_read(&mut piece) {
            Ok(0) => return,
            Ok(read) => bytes.extend_from_slice(&piece[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(_) => return,
        }
        let mut at = 0;
        while let Some((begin, end)) = whole(&bytes[at..]) {
            if is_event(&bytes[at + begin..at + end]) {
                heard.events.set(heard.events.get() + 1);
            }
            at += end;
        }
        bytes.drain(..at);
        if heard.events.get() >= heard.wanted.get() {
            heard.enough.notify_one();
        }
    }
}

/// What became of a burst.
pub(crate) struct Outcome {
    pub(crate) deliveries: usize,
    pub(crate) lost: usize,
    pub(crate) doubled: usize,
    pub(crate) unordered: usize,
    pub(crate) reconnects: usize,
    /// From the POST to the frame.
    pub(crate) ms: Percentiles,
}

#[derive(Default)]
struct Tally {
    lost: usize,
    doubled: usize,
    unordered: usize,
    reconnects: usize,
    latencies: Latencies,
}

/// `events` leads are posted while `sockets` listen and break; `sleepers` never read.
pub(crate) fn burst(
    plan: &Plan,
    sockets: usize,
    sleepers: usize,
    events: u64,
    tell: impl Fn(u64) -> Result<()> + Send + Sync + 'static,
) -> Result<Outcome> {
    let sent: Arc<Vec<OnceLock<Instant>>> = Arc::new((0..events).map(|_| OnceLock::new()).collect());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tally = Rc::new(std::cell::RefCell::new(Tally::default()));
    LocalSet::new().block_on(&runtime, async {
        let mut asleep = Vec::new();
        for _ in 0..sleepers {
            asleep.push(Client::open(plan, None, Some(4096)).await?);
        }
        let mut readers = Vec::new();
        for number in 0..sockets {
            let client = Client::open(plan, None, None).await?;
            let (plan, sent, tally) = (plan.clone(), Arc::clone(&sent), tally.clone());
            readers.push(spawn_local(read(client, number as u64, plan, events, sent, tally)));
        }
        let poster = post_all(Arc::clone(&sent), events, Arc::new(tell));
        for reader in readers {
            tokio::time::timeout(PATIENCE, reader).await.context("a reader waits in vain")???;
        }
        poster.join().map_err(|_| anyhow!("a poster panicked"))?
    })?;
    let mut tally = tally.take();
    let deliveries = tally.latencies.count();
    let lost = tally.lost + (sockets * events as usize).saturating_sub(deliveries);
    let Tally { doubled, unordered, reconnects, .. } = tally;
    Ok(Outcome { deliveries, lost, doubled, unordered, reconnects, ms: tally.latencies.ms() })
}

type Tell = dyn Fn(u64) -> Result<()> + Send + Sync;

/// Four post as fast as they are answered.
fn post_all(
    sent: Arc<Vec<OnceLock<Instant>>>,
    events: u64,
    tell: Arc<Tell>,
) -> std::thread::JoinHandle<Result<()>> {
    std::thread::spawn(move || {
        let (next, failed) = (AtomicU64::new(0), Mutex::new(None));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    loop {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        let Some(at) = sent.get(n as usize).filter(|_| n < events) else { return };
                        let _ = at.set(Instant::now());
                        if let Err(error) = tell(n) {
                            failed
                                .lock()
                                .unwrap_or_else(std::sync::PoisonError::into_inner)
                                .get_or_insert(error);
                        }
                    }
                });
            }
        });
        failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).map_or(Ok(()), Err)
    })
}

/// One of the sockets: hears every event once and in order, and breaks now and then.
async fn read(
    mut client: Client,
    number: u64,
    plan: Plan,
    events: u64,
    sent: Arc<Vec<OnceLock<Instant>>>,
    tally: Rc<std::cell::RefCell<Tally>>,
) -> Result<()> {
    let last = client.cursor + events;
    // A simple generator: the same breaks in both bursts.
    let mut random = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    while client.cursor < last {
        let before = client.cursor;
        let heard = client.next(|payload| is_event(payload).then(|| number_of(payload)).flatten()).await?;
        let Some(n) = heard else { continue };
        let now = Instant::now();
        let at = sent.get(n as usize).and_then(OnceLock::get).context("an event nobody sent")?;
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let breaks = (random >> 33).is_multiple_of(400) && client.cursor < last;
        {
            let mut told = tally.borrow_mut();
            told.latencies.push(now - *at);
            told.reconnects += usize::from(breaks);
            match client.cursor {
                cursor if cursor == before + 1 => {}
                cursor if cursor <= before => told.doubled += 1,
                _ => told.unordered += 1,
            }
        }
        if breaks {
            let since = client.cursor;
            drop(client);
            client = Client::open(&plan, Some(since), None).await?;
            client.cursor = since;
        }
    }
    Ok(())
}

fn number_of(payload: &[u8]) -> Option<u64> {
    text(payload, "\"title\":\"n")?.parse().ok()
}

/// How long after the answer of a POST its frame comes, each post waiting for its frame.
pub(crate) fn after_answers(plan: &Plan, posts: u64, tell: impl Fn(u64) -> Result<()>) -> Result<Latencies> {
    let (arrived, arrivals) = mpsc::channel();
    let (ready, is_ready) = mpsc::channel();
    let plan = plan.clone();
    std::thread::spawn(move || {
        let listen = || -> Result<()> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut client = Client::open(&plan, None, None).await?;
                ready.send(())?;
                loop {
                    if client.next(is_event).await? {
                        arrived.send(Instant::now())?;
                    }
                }
            })
        };
        // It ends when nobody listens to it any more.
        let _ = listen();
    });
    is_ready.recv().context("no socket")?;
    let mut late = Latencies::default();
    for n in 0..posts {
        tell(n)?;
        let answered = Instant::now();
        let Ok(at) = arrivals.recv_timeout(PATIENCE) else { bail!("no frame came") };
        late.push(at.saturating_duration_since(answered));
    }
    Ok(late)
}
