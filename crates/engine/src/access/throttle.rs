//! Slows guessing down: so many wrong passwords, or mails asked for, in a quarter of an hour.
//!
//! It is kept in memory: a restart forgets it, and each node counts for itself.

use crate::Refusal;
use model::Micros;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Mutex;

/// How long tries are counted together, in seconds.
const WINDOW: i64 = 15 * 60;
/// Wrong passwords for one account.
const ACCOUNT: u32 = 10;
/// Wrong passwords from one address, for any account.
const ADDRESS: u32 = 19;
/// Mails one account is sent.
const MAILS: u32 = 3;
/// Mails one address may ask for.
const MAILS_ADDRESS: u32 = 10;
/// More counts than this: the finished ones go, then the smallest.
const MOST: usize = 20_000;

/// Counts tries.
#[derive(Default)]
pub struct Throttle {
    counts: Mutex<HashMap<Key, Count>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Account(Account),
    Address(IpAddr),
    Mails(Account),
    MailsAddress(IpAddr),
}

struct Count {
    since: i64,
    tries: u32,
}

impl Throttle {
    /// Counts a password before it is verified, so that many at once are no way around; too many are refused.
    pub(crate) fn password(&self, email: &str, address: Option<IpAddr>, now: Micros) -> Result<(), Refusal> {
        if let Some(address) = address {
            self.count(Key::Address(network(address)), ADDRESS, now)?;
        }
        self.count(Key::Account(account(email)), ACCOUNT, now)
    }

    /// The password was right: the try does not count. Those before it do: another organisation may know the same
    /// e-mail by another password.
    pub(crate) fn password_was_right(&self, email: &str, address: Option<IpAddr>) {
        let Ok(mut counts) = self.counts.lock() else { return };
        let keys = address.map(|address| Key::Address(network(address)));
        for key in keys.into_iter().chain([Key::Account(account(email))]) {
            if let Some(count) = counts.get_mut(&key) {
                count.tries = count.tries.saturating_sub(1);
            }
        }
    }

    /// Whether an address may ask for one more mail; an answer, since it says nothing about an account.
    pub(crate) fn mail_asked(&self, address: Option<IpAddr>, now: Micros) -> Result<(), Refusal> {
        address.map_or(Ok(()), |address| self.count(Key::MailsAddress(network(address)), MAILS_ADDRESS, now))
    }

    /// Whether an account may be sent one more mail; never told.
    pub(crate) fn mail_to(&self, email: &str, now: Micros) -> bool {
        self.count(Key::Mails(account(email)), MAILS, now).is_ok()
    }

    fn count(&self, key: Key, most: u32, now: Micros) -> Result<(), Refusal> {
        let Ok(mut counts) = self.counts.lock() else { return Ok(()) };
        make_room(&mut counts, now);
        let count = counts.entry(key).or_insert(Count { since: now.0, tries: 0 });
        let ends = count.since + WINDOW * Micros::SECOND;
        if ends <= now.0 {
            *count = Count { since: now.0, tries: 0 };
        }
        if count.tries >= most {
            let seconds = (ends - now.0).max(1).div_euclid(Micros::SECOND) + 1;
            return Err(Refusal::TooMany { seconds });
        }
        count.tries += 1;
        Ok(())
    }
}

fn make_room(counts: &mut HashMap<Key, Count>, now: Micros) {
    let mut least = 1;
    while counts.len() >= MOST {
        counts.retain(|_, count| count.since + WINDOW * Micros::SECOND > now.0 && count.tries >= least);
        least += 1;
    }
}

/// An e-mail of any length takes the same room.
type Account = [u8; 32];

fn account(email: &str) -> Account {
    Sha256::digest(email.to_lowercase().as_bytes()).into()
}

/// Who has one IPv6 address has 2⁶⁴ of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Micros = Micros(1_000_000_000);

    fn address(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    fn tries(throttle: &Throttle, email: impl Fn(u32) -> String, from: impl Fn(u32) -> String) -> u32 {
        (0..100).take_while(|n| throttle.password(&email(*n), address(&from(*n)), AT).is_ok()).count() as u32
    }

    #[test]
    fn an_account_is_tried_so_often_from_wherever() {
        let throttle = Throttle::default();
        let email = |n| if n % 2 == 0 { "A@x.in".to_owned() } else { "a@x.in".to_owned() };
        assert_eq!(tries(&throttle, email, |n| format!("10.0.0.{n}")), ACCOUNT);
        let refused = throttle.password("a@x.in", None, AT.plus_seconds(WINDOW - 60));
        assert_eq!(refused, Err(Refusal::TooMany { seconds: 61 }));
        assert_eq!(throttle.password("a@x.in", None, AT.plus_seconds(WINDOW)), Ok(()));
    }

    #[test]
    fn an_address_tries_so_often_whatever_account() {
        for from in [
            |_| "10.0.0.1".to_owned(),
            |n| format!("2001:db8::{n}"),
            |n| {
                if n % 2 == 0 { "::ffff:10.0.0.1".to_owned() } else { "10.0.0.1".to_owned() }
            },
        ] {
            assert_eq!(tries(&Throttle::default(), |n| format!("{n}@x.in"), from), ADDRESS);
        }
    }

    #[test]
    fn right_passwords_do_not_count() {
        let throttle = Throttle::default();
        for _ in 0..100 {
            assert_eq!(throttle.password("a@x.in", address("10.0.0.1"), AT), Ok(()));
            throttle.password_was_right("A@x.in", address("10.0.0.1"));
        }
    }

    #[test]
    fn a_flood_of_names_is_bounded_and_keeps_the_high_counts() {
        let throttle = Throttle::default();
        tries(&throttle, |_| "a@x.in".to_owned(), |n| format!("10.1.0.{n}"));
        for n in 0..MOST + 10 {
            let _ = throttle.password(&format!("{n}@x.in"), None, AT);
        }
        assert!(throttle.counts.lock().is_ok_and(|counts| counts.len() < MOST));
        assert!(throttle.password("a@x.in", None, AT).is_err());
    }
}
