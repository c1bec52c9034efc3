//! Answers go out when what they tell is durable, while the committer goes on with the next batch.
//!
//! On SQLite a thread syncs the write-ahead log once for all batches that were committed meanwhile, then tells the rest
//! of the process and answers, batch by batch in their order. On PostgreSQL a commit is durable as it is.

use crate::committer::Item;
use crate::{Effects, Failure, Live};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use store::{Log, Target};

/// Batches that may be committed and not yet durable. The committer waits for a slower disk.
const AHEAD: usize = 4;

/// A committed batch: who waits for it, and what the process is to learn.
struct Committed {
    items: Vec<Item>,
    effects: Effects,
}

impl Committed {
    fn tell(self, live: &Live) {
        live.committed(self.effects);
        self.items.into_iter().for_each(|item| item.answer(Ok(())));
    }
}

/// Where the committer leaves its batches. Dropped, it waits until the last is answered.
pub(crate) struct Answers {
    live: Live,
    later: Option<Later>,
}

struct Later {
    batches: Option<mpsc::SyncSender<Committed>>,
    thread: Option<std::thread::JoinHandle<()>>,
    broken: Arc<AtomicBool>,
}

impl Answers {
    pub(crate) fn start(target: &Target, live: Live) -> std::io::Result<Self> {
        let Some(mut log) = Log::of(target) else { return Ok(Self { live, later: None }) };
        let (batches, waiting) = mpsc::sync_channel(AHEAD);
        let broken = Arc::new(AtomicBool::new(false));
        let work = {
            let (live, broken) = (live.clone(), broken.clone());
            move || answer(&mut log, &waiting, &live, &broken)
        };
        let thread = std::thread::Builder::new().name("answers".to_owned()).spawn(work)?;
        Ok(Self { live, later: Some(Later { batches: Some(batches), thread: Some(thread), broken }) })
    }

    /// Takes a committed batch. Steps of a longer work are answered at once, everybody else when it is durable.
    pub(crate) fn give(&self, items: Vec<Item>, effects: Effects) {
        let (steps, items): (Vec<Item>, Vec<Item>) = items.into_iter().partition(Item::is_step);
        steps.into_iter().for_each(|item| item.answer(Ok(())));
        let committed = Committed { items, effects };
        match self.later.as_ref().and_then(|later| later.batches.as_ref()) {
            None => committed.tell(&self.live),
            Some(batches) => {
                if let Err(mpsc::SendError(committed)) = batches.send(committed) {
                    committed.items.into_iter().for_each(|item| item.answer(Err(lost())));
                }
            }
        }
    }

    /// Why nothing may be written any more: the disk lost what it had taken.
    pub(crate) fn broken(&self) -> Option<Failure> {
        let broken = |later: &Later| later.broken.load(Ordering::Relaxed);
        self.later.as_ref().is_some_and(broken).then(lost)
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        let Some(later) = &mut self.later else { return };
        later.batches = None;
        if let Some(thread) = later.thread.take() {
            // A panic there has been reported already.
            let _ = thread.join();
        }
    }
}

fn lost() -> Failure {
    Failure::Busy("the disk failed and may have lost what was written last; restart the server".to_owned())
}

fn answer(log: &mut Log, waiting: &mpsc::Receiver<Committed>, live: &Live, broken: &AtomicBool) {
    while let Ok(first) = waiting.recv() {
        let mut batches = vec![first];
        batches.extend(waiting.try_iter());
        // After a sync that failed a later one may succeed without the lost pages: only a restart finds what is there.
        if !broken.load(Ordering::Relaxed)
            && let Err(error) = log.sync()
        {
            tracing::error!(%error, "the disk failed: nothing is written any more until a restart");
            broken.store(true, Ordering::Relaxed);
        }
        let is_lost = broken.load(Ordering::Relaxed);
        for batch in batches {
            match is_lost {
                false => batch.tell(live),
                true => batch.items.into_iter().for_each(|item| item.answer(Err(lost()))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Batch;
    use crate::committer::{Job, LocalFuture};
    use std::path::PathBuf;

    struct Told {
        step: bool,
        answers: mpsc::Sender<Result<(), Failure>>,
    }

    impl Job for Told {
        fn run<'a>(&'a mut self, _batch: &'a mut Batch<'_>) -> LocalFuture<'a, store::Result<()>> {
            Box::pin(async { Ok(()) })
        }

        fn is_step(&self) -> bool {
            self.step
        }

        fn answer(self: Box<Self>, committed: Result<(), Failure>) {
            let _ = self.answers.send(committed);
        }
    }

    #[test]
    fn a_disk_that_fails_is_not_an_answer_and_nothing_is_written_after_it() {
        // No log is there: the sync fails.
        let target = Target::Sqlite(PathBuf::from("no-such-folder/fairlead.db"));
        let answers = Answers::start(&target, Live::new()).expect("a thread");
        assert!(answers.broken().is_none());
        let (sender, said) = mpsc::channel();
        let item = |step| Item::Other(Box::new(Told { step, answers: sender.clone() }));
        answers.give(vec![item(false)], Effects::default());
        assert!(matches!(said.recv(), Ok(Err(Failure::Busy(_)))));
        assert!(answers.broken().is_some());
        answers.give(vec![item(true)], Effects::default());
        assert!(matches!(said.recv(), Ok(Ok(()))), "a step does not wait for the disk");
    }
}
