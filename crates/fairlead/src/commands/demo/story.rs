//! What happens in the demo's office: five days of enquiries and calls before it opens, and a gentle stream after.
//!
//! The days before are lived through on a clock that runs ahead of its own past, through the ordinary commands: history,
//! counters and events are what they would have been.

use crate::commands::office::Office;
use anyhow::Context as _;
use engine::lead::create::Created;
use engine::lead::work::Dispose;
use engine::{By, Engine, Reply, Scope};
use model::{E164, LeadDraft, LeadId, Micros, Status, Urgency};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use store::lead::LeadView;
use store::lead_list::{LeadFilter, LeadSort, lead_list};

/// Days that lie behind when the demo opens.
const DAYS: i64 = 5;
/// Enquiries of such a day.
const A_DAY: u64 = 64;
const HOUR: i64 = 3_600 * Micros::SECOND;

/// The demo's clock: the system's, so many microseconds behind.
#[derive(Clone, Default)]
pub(crate) struct Past(Arc<AtomicI64>);

impl Past {
    /// For the engine.
    pub(crate) fn clock(&self) -> engine::Clock {
        let behind = self.0.clone();
        Arc::new(move || Micros(now().0 - behind.load(Ordering::Relaxed)))
    }

    /// The day the demo's story begins.
    pub(crate) fn go_back(&self) {
        self.0.store((DAYS * 24 + 2) * HOUR, Ordering::Relaxed);
    }

    fn set(&self, at: Micros) {
        self.0.store((now().0 - at.0).max(0), Ordering::Relaxed);
    }

    /// Today.
    pub(crate) fn end(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

fn now() -> Micros {
    Micros::from_timestamp(jiff::Timestamp::now())
}

const FIRST: &[&str] = &[
    "Aarav", "Aditi", "Ananya", "Arjun", "Deepa", "Divya", "Ishaan", "Kabir", "Kavya", "Lakshmi", "Manish",
    "Meera", "Mohan", "Neha", "Nisha", "Pooja", "Pranav", "Priya", "Rahul", "Ravi", "Rohan", "Sanjay",
    "Shreya", "Sunita", "Tanvi", "Uma", "Varun", "Vikram",
];
const LAST: &[&str] = &[
    "Agarwal",
    "Banerjee",
    "Chopra",
    "Das",
    "Deshpande",
    "Fernandes",
    "Gupta",
    "Hegde",
    "Iyer",
    "Jain",
    "Kapoor",
    "Kulkarni",
    "Mehta",
    "Mishra",
    "Nair",
    "Naidu",
    "Patel",
    "Pillai",
    "Rao",
    "Reddy",
    "Saxena",
    "Shah",
    "Sharma",
    "Singh",
    "Thomas",
    "Verma",
    "Yadav",
];
const PLACES: &[(&str, &str)] = &[
    ("Bengaluru", "Indiranagar"),
    ("Bengaluru", "Whitefield"),
    ("Pune", "Kothrud"),
    ("Pune", "Baner"),
    ("Mumbai", "Andheri"),
    ("Chennai", "Adyar"),
    ("Hyderabad", "Gachibowli"),
    ("Kochi", "Edappally"),
    ("Mysuru", "Vijayanagar"),
    ("Ahmedabad", "Bopal"),
];
const WISHES: &[(&str, &str, i64)] = &[
    ("Test drive of a Harbour X this weekend", "suv", 1_450_000_000),
    ("Price of the Harbour City with exchange", "hatchback", 780_000_000),
    ("Finance for a Harbour Cargo, two vehicles", "commercial", 2_600_000_000),
    ("Charging at home for the Harbour X", "suv", 1_520_000_000),
    ("Call back about the waiting time", "hatchback", 820_000_000),
    ("Brochure and on-road price", "sedan", 1_100_000_000),
    ("Service plan of a used Harbour City", "used", 410_000_000),
];
const NOTES: &[&str] = &[
    "wants a call in the evening",
    "asked for the brochure by mail",
    "compares with another brand",
    "will visit on Saturday",
];

/// Chance with a memory: the same story every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let place = self.roll(of.len().max(1) as u64) as usize;
        of.get(place).copied()
    }
}

/// Somebody who asks about a car.
fn enquiry(dice: &mut Dice, n: u64) -> LeadDraft {
    let (first, last) = (dice.one(FIRST).unwrap_or("Ravi"), dice.one(LAST).unwrap_or("Kumar"));
    let (city, suburb) = dice.one(PLACES).unwrap_or(("Pune", "Baner"));
    let (title, category, value) = dice.one(WISHES).unwrap_or(WISHES[0]);
    let mut draft = LeadDraft {
        name: Some(format!("{first} {last}")),
        phone: E164::parse_strict(&format!("+9197{:08}", 11_000_000 + n * 7 + dice.roll(7))),
        category: Some(category.to_owned()),
        city: Some(city.to_owned()),
        value: Some(value),
        urgency: (dice.roll(6) == 0).then_some(Urgency::High),
        ..LeadDraft::default()
    };
    draft.details.title = Some(title.to_owned());
    draft.details.suburb = Some(suburb.to_owned());
    draft
}

/// The office at work.
pub(crate) struct Story {
    engine: Engine,
    by: By,
    sources: Vec<String>,
    dice: Dice,
    told: u64,
    /// Leads that somebody holds: which, whose.
    open: Vec<(LeadId, i64)>,
}

impl Story {
    /// Over what the demo has imported and given out.
    pub(crate) async fn new(office: &Office, sources: Vec<String>) -> anyhow::Result<Self> {
        let held = LeadFilter { status: Some(Status::Pending), ..LeadFilter::default() };
        let rows = lead_list(office.reader(), office.org(), &held, LeadSort::Oldest, None, 500).await;
        let rows = rows.context("cannot read the leads")?;
        let open = rows.iter().filter_map(|row| Some((row.lead_id(), row.agent_no?))).collect();
        let (engine, by) = (office.engine.clone(), office.by.clone());
        Ok(Self { engine, by, sources, dice: Dice(0x5eed_1ead), told: 0, open })
    }

    /// Lives through the days before the demo opens: more is asked in the late morning and the evening.
    pub(crate) async fn days_before(&mut self, past: &Past) -> anyhow::Result<()> {
        let today = now();
        for day in (0..=DAYS).rev() {
            let mut hours: Vec<i64> = (0..A_DAY).map(|_| self.minute_of_day()).collect();
            hours.sort_unstable();
            for minute in hours {
                let at =
                    Micros(today.0 - day * 24 * HOUR - 24 * HOUR + minute * 60 * Micros::SECOND + 12 * HOUR);
                if at.0 > today.0 - 60 * Micros::SECOND {
                    break;
                }
                past.set(at);
                self.enquire().await?;
                for _ in 0..1 + self.dice.roll(2) {
                    self.call().await?;
                }
            }
        }
        past.end();
        Ok(())
    }

    /// Minutes from the beginning of a day; around 11 and 19 o'clock more often.
    fn minute_of_day(&mut self) -> i64 {
        let peak = if self.dice.roll(2) == 0 { 11 * 60 } else { 19 * 60 };
        let spread = (self.dice.roll(300) + self.dice.roll(300)) as i64 - 300;
        (peak + spread).clamp(0, 24 * 60 - 1)
    }

    /// Goes on, gently, until the demo ends.
    pub(crate) async fn goes_on(mut self) {
        loop {
            let pause = 3_000 + self.dice.roll(5_000);
            tokio::select! {
                _ = crate::commands::serve::told_to_stop() => return,
                () = tokio::time::sleep(Duration::from_millis(pause)) => {}
            }
            let step = if self.dice.roll(5) < 3 { self.enquire().await } else { self.call().await };
            if let Err(error) = step {
                // Somebody plays with the demo: a source was paused, a lead was worked.
                tracing::debug!(%error, "the story took another turn");
            }
        }
    }

    async fn enquire(&mut self) -> anyhow::Result<()> {
        self.told += 1;
        let place = self.dice.roll(self.sources.len().max(1) as u64) as usize;
        let Some(source) = self.sources.get(place).cloned() else { return Ok(()) };
        let draft = enquiry(&mut self.dice, self.told);
        let reply = self.engine.create_lead(&self.by, source, draft, None, |_| (200, String::new())).await;
        if let Reply::Fresh(Created { lead, .. }) = reply.context("cannot create a lead")? {
            self.held(&lead);
        }
        Ok(())
    }

    fn held(&mut self, lead: &LeadView) {
        if let Some(agent_no) = lead.row.agent_no {
            self.open.push((lead.row.lead_id(), agent_no));
        }
    }

    /// An agent calls somebody.
    async fn call(&mut self) -> anyhow::Result<()> {
        if self.open.is_empty() {
            return Ok(());
        }
        // The newest leads are called first; now and then somebody works off an old one.
        let newest = if self.dice.roll(4) == 0 { self.open.len() } else { self.open.len().min(40) };
        let place = self.open.len() - 1 - self.dice.roll(newest as u64) as usize;
        let (lead, agent_no) = self.open.remove(place);
        let status = match self.dice.roll(20) {
            0..=4 => Status::Contacted,
            5..=8 => Status::NoAnswer,
            9..=10 => Status::Busy,
            11..=12 => Status::Callback,
            13 => Status::Voicemail,
            14..=15 => Status::Sale,
            16..=18 => Status::NotInterested,
            _ => Status::Invalid,
        };
        if !status.is_final() && self.dice.roll(2) == 0 {
            self.open.push((lead, agent_no));
        }
        let hours = 1 + self.dice.roll(30) as i64;
        let callback_at = (status == Status::Callback).then(|| self.engine.now().plus_seconds(hours * 3_600));
        let note = (self.dice.roll(4) == 0).then(|| self.dice.one(NOTES).unwrap_or_default().to_owned());
        let by = By { scope: Scope::Agent(agent_no), ..self.by.clone() };
        let dispose = Dispose { lead, status, note, callback_at, seen: None };
        self.engine.run(&by, dispose).await.map(|_| ()).context("cannot dispose of a lead")
    }
}
