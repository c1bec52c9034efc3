//! `fairlead monitor`: one screen of where everything stands, redrawn until interrupted.

use crate::cli::Monitor;
use crate::commands::Context;
use crate::commands::gather;
use crate::commands::office::{Missing, Office};
use crate::ending::Ending;
use crate::report::monitor::{MonitorFacts, frame, short};
use crate::term::Out;
use std::time::Duration;

pub(crate) async fn run(context: &Context, monitor: Monitor) -> anyhow::Result<Ending> {
    let office = Office::open(context, Missing::Nothing).await?;
    let out = &context.out;
    let watched = match monitor.quick {
        true => once(out, &office).await,
        false => live(out, &office).await,
    };
    office.close().await;
    watched?;
    Ok(Ending::Done)
}

async fn once(out: &Out, office: &Office) -> anyhow::Result<()> {
    let facts = gather::monitor(office).await?;
    out.say(frame(out.paint, &office.clock, &facts))?;
    out.object(&facts)?;
    Ok(())
}

/// Looks every second. A terminal is redrawn, a log gets a line, a script an object: the latter two on change only.
async fn live(out: &Out, office: &Office) -> anyhow::Result<()> {
    let mut interrupted = std::pin::pin!(crate::commands::serve::told_to_stop());
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut screen = Screen::begin(out)?;
    let mut before: Option<MonitorFacts> = None;
    loop {
        tokio::select! {
            _ = &mut interrupted => {
                drop(screen);
                // What was last seen stays on the terminal.
                if let (true, Some(facts)) = (out.terminal, &before) {
                    out.say(frame(out.paint, &office.clock, facts))?;
                }
                return Ok(());
            }
            _ = tick.tick() => {}
        }
        let facts = gather::monitor(office).await?;
        let changed = before.as_ref().is_none_or(|before| !same(before, &facts));
        if out.terminal {
            let hint = out.paint.dim("Ctrl-C ends");
            screen.draw(&format!("{}\n{hint}\n", frame(out.paint, &office.clock, &facts)))?;
        } else if changed && before.is_none() {
            out.say(frame(out.paint, &office.clock, &facts))?;
            out.object(&facts)?;
        } else if changed {
            out.say(short(out.paint, &office.clock, &facts))?;
            out.object(&facts)?;
        }
        before = Some(facts);
    }
}

/// The same but for the time.
fn same(before: &MonitorFacts, after: &MonitorFacts) -> bool {
    let mut after = after.clone();
    after.at = before.at;
    *before == after
}

/// The terminal's second screen: one write a frame, each line erased to its end, nothing blinks.
struct Screen<'a> {
    out: &'a Out,
}

impl<'a> Screen<'a> {
    fn begin(out: &'a Out) -> std::io::Result<Self> {
        if out.terminal {
            out.raw("\x1b[?1049h\x1b[?25l\x1b[2J")?;
        }
        Ok(Self { out })
    }

    fn draw(&mut self, text: &str) -> std::io::Result<()> {
        let (rows, width) = console::Term::stdout().size();
        let lines = text.lines().take(usize::from(rows).max(2) - 1);
        let mut frame = String::from("\x1b[H");
        for line in lines {
            frame.push_str(&console::truncate_str(line, usize::from(width), "…"));
            frame.push_str("\x1b[K\r\n");
        }
        frame.push_str("\x1b[J");
        self.out.raw(&frame)
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        if self.out.terminal {
            let _ = self.out.raw("\x1b[?25h\x1b[?1049l");
        }
    }
}
