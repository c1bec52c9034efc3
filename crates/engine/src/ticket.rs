//! Tickets for sockets: made for who is let in already, good for one socket within seconds.

use crate::batch::Batch;
use crate::{By, Command, Stop};
use model::Micros;

/// How long a ticket is good, in seconds.
pub const GOOD_FOR: i64 = 30;

/// Makes a ticket. The secret is answered once and stored hashed.
#[derive(Debug, Clone)]
pub struct CreateTicket {
    /// The hash of the secret.
    pub secret_hash: [u8; 32],
    /// The hash of the token or session it is asked for with: the socket may do what that may.
    pub credential: [u8; 32],
}

impl Command for CreateTicket {
    type Output = Micros;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Micros, Stop> {
        let until = batch.now.plus_seconds(GOOD_FOR);
        let (hash, credential) = (&self.secret_hash, &self.credential);
        store::ticket::ticket_insert(batch.tx, by.org, hash, credential, batch.now.0, until.0).await?;
        Ok(until)
    }
}

/// Uses a ticket up; answers the hash of the credential behind it, if it was still good.
#[derive(Debug, Clone, Copy)]
pub struct TakeTicket(pub [u8; 32]);

impl Command for TakeTicket {
    type Output = Option<[u8; 32]>;

    async fn run(&mut self, _by: &By, batch: &mut Batch<'_>) -> Result<Option<[u8; 32]>, Stop> {
        let taken = store::ticket::ticket_take(batch.tx, &self.0, batch.now.0).await?;
        Ok(taken.and_then(|credential| credential.try_into().ok()))
    }
}
