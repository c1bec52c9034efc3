//! What the rest of the process learns after a commit: new events, pools to look at, changed rights.

use crate::Effects;
use tokio::sync::broadcast;

/// The in-process wake-up. It carries no truth: whoever misses one reads the database.
#[derive(Clone)]
pub struct Live {
    sender: broadcast::Sender<std::sync::Arc<Effects>>,
}

impl Live {
    pub(crate) fn new() -> Self {
        Self { sender: broadcast::channel(1024).0 }
    }

    pub(crate) fn committed(&self, effects: Effects) {
        if self.sender.receiver_count() > 0 {
            // No receiver left is no error.
            let _ = self.sender.send(std::sync::Arc::new(effects));
        }
    }

    /// Everything committed from now on. A receiver that lags is told so and reads the database.
    pub fn subscribe(&self) -> broadcast::Receiver<std::sync::Arc<Effects>> {
        self.sender.subscribe()
    }
}
