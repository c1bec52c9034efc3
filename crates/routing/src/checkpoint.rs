//! All credits of a pool at one sequence number: where a replay begins.

use model::PoolState;

/// A checkpoint is stored every so many steps, and at each change of configuration.
pub const CHECKPOINT_EVERY: i64 = 1000;

const VERSION: u8 = 1;

/// The state of a pool right after step `seq`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The last step taken.
    pub seq: i64,
    /// The slot picked last by a policy that takes turns; −1 before the first.
    pub last_slot: i64,
    /// By slot, in units of 2⁻⁴⁰ lead.
    pub credits: Vec<i64>,
}

/// Bytes that are no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Written by a newer program, or not a checkpoint.
    #[error("unknown checkpoint version")]
    UnknownVersion,
    /// Too short, or followed by something.
    #[error("checkpoint of the wrong length")]
    WrongLength,
}

impl Checkpoint {
    /// The pool as it stands.
    pub fn of(pool: &PoolState) -> Self {
        let credits = pool.members.iter().map(|member| member.credit.0).collect();
        Self { seq: pool.seq, last_slot: pool.last_slot, credits }
    }

    /// As bytes: a version, then little-endian 64-bit integers: seq, last slot, credits.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1 + 8 * (2 + self.credits.len()));
        bytes.push(VERSION);
        for number in [self.seq, self.last_slot].iter().chain(&self.credits) {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    /// Back from bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let (version, rest) = bytes.split_first().ok_or(CheckpointError::WrongLength)?;
        if *version != VERSION {
            return Err(CheckpointError::UnknownVersion);
        }
        let (numbers, left_over) = rest.as_chunks::<8>();
        let mut numbers = numbers.iter().map(|bytes| i64::from_le_bytes(*bytes));
        match (numbers.next(), numbers.next(), left_over) {
            (Some(seq), Some(last_slot), []) => Ok(Self { seq, last_slot, credits: numbers.collect() }),
            _ => Err(CheckpointError::WrongLength),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_survives_the_round_trip_and_refuses_anything_else() {
        let checkpoint = Checkpoint { seq: 3000, last_slot: -1, credits: vec![5, -7, i64::MAX] };
        let bytes = checkpoint.encode();
        assert_eq!(Checkpoint::decode(&bytes), Ok(checkpoint));
        assert_eq!(Checkpoint::decode(&bytes[..bytes.len() - 1]), Err(CheckpointError::WrongLength));
        assert_eq!(Checkpoint::decode(&[]), Err(CheckpointError::WrongLength));
        assert_eq!(Checkpoint::decode(&[9; 17]), Err(CheckpointError::UnknownVersion));
    }
}
