//! Passwords: which are taken, hashed and verified away from the threads that answer.

use crate::Failure;
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// Fewer characters are guessed too soon.
const SHORTEST: usize = 8;
/// More bytes are a mistake, or an attack on the hash.
const LONGEST: usize = 1024;

/// What everybody tries first; all have eight characters or more.
const COMMON: &[&str] = &[
    "00000000",
    "11111111",
    "11223344",
    "12341234",
    "123456789",
    "1234567890",
    "12345678",
    "123123123",
    "1q2w3e4r",
    "1qaz2wsx",
    "87654321",
    "88888888",
    "987654321",
    "aa123456",
    "abc12345",
    "abcd1234",
    "admin123",
    "administrator",
    "asdfghjkl",
    "baseball",
    "changeme",
    "computer",
    "fairlead",
    "football",
    "iloveyou",
    "letmein1",
    "p@ssw0rd",
    "passw0rd",
    "password",
    "password1",
    "password123",
    "princess",
    "q1w2e3r4",
    "qwerty12",
    "qwerty123",
    "qwertyuiop",
    "starwars",
    "sunshine",
    "superman",
    "trustno1",
    "welcome1",
    "whatever",
    "zaq12wsx",
];

/// The hash of a random text nobody knows, made as all others are: verifying it takes as long.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$y1SiHX3WQxWDD7PiTK8qYw$prD0u0nuygVIsPCEOSZNAVcfY0SXBXUOAHA5J13kTB0";

/// Hashing takes 19 MiB and a core: so many at one time.
static TURNS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(2, std::num::NonZero::get)));

/// Why a password is not taken, if it is not.
pub fn password_fault(password: &str) -> Option<String> {
    if password.chars().count() < SHORTEST {
        return Some(format!("must have at least {SHORTEST} characters"));
    }
    if password.len() > LONGEST {
        return Some(format!("must have at most {LONGEST} bytes"));
    }
    let lower = password.to_lowercase();
    let one_letter = lower.chars().skip(1).all(|c| lower.starts_with(c));
    (COMMON.contains(&lower.as_str()) || one_letter)
        .then(|| "is one of the passwords that are tried first; choose another".to_owned())
}

/// The Argon2id hash of a password.
pub async fn hash_password(password: String) -> Result<String, Failure> {
    away(move || password_auth::generate_hash(password.as_bytes())).await
}

/// Which of these hashes a password has. Somebody without any costs as much as somebody with one.
pub(crate) async fn verify(password: String, hashes: Vec<Option<String>>) -> Result<Vec<bool>, Failure> {
    away(move || {
        let fits = |hash: &str| {
            password.len() <= LONGEST && password_auth::verify_password(password.as_bytes(), hash).is_ok()
        };
        if hashes.iter().all(Option::is_none) {
            fits(NOBODYS);
            return vec![false; hashes.len()];
        }
        hashes.iter().map(|hash| hash.as_deref().is_some_and(fits)).collect()
    })
    .await
}

async fn away<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    let stopped = |_| Failure::Busy("the server stops".to_owned());
    let _turn = TURNS.acquire().await.map_err(stopped)?;
    tokio::task::spawn_blocking(work).await.map_err(|e| Failure::Internal(format!("hashing failed: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_common_and_monotonous_passwords_are_not_taken() {
        for bad in ["", "short", "PASSWORD", "zzzzzzzzzz", &"x1".repeat(600)] {
            assert!(password_fault(bad).is_some(), "{bad}");
        }
        for good in ["correct horse", "ünïcödé-ok", "tr0ub4dor&3"] {
            assert_eq!(password_fault(good), None, "{good}");
        }
    }

    #[test]
    fn nobodys_hash_is_made_as_the_others_are() {
        assert_eq!(password_auth::is_hash_obsolete(NOBODYS), Ok(false));
    }
}
