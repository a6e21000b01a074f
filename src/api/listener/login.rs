//! Who proves a name by its password. A password that is tried takes as long for a name that
//! nobody has; verdicts are remembered, so that only the first request of a client is dear.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::secret::Secret;

/// The most verdicts of each kind that are remembered.
pub(super) const VERDICTS_LIMIT: usize = 100;
/// What is done for names that nobody has, when the users' own hashes do not say.
const COST: &str = "10";
/// Salt and hash of a password that nobody knows.
const NOBODY: &str = "wJt7vQ8mZ0LxSgHpYc2Rue3KzN5bTfVd1XoAi6UEqGBkrMy4DC9Oy";

/// See the module.
pub(super) struct Logins {
    good: Mutex<Verdicts>,
    bad: Mutex<Verdicts>,
    /// One password is tried at a time: strangers must not get all processors.
    turn: Semaphore,
}

/// Which combinations of name, hash and password were tried, oldest first; never the password.
type Verdicts = VecDeque<[u8; 32]>;

impl Default for Logins {
    fn default() -> Logins {
        Logins { good: Mutex::default(), bad: Mutex::default(), turn: Semaphore::new(1) }
    }
}

impl Logins {
    /// The name, if the password proves it.
    pub(super) async fn proves(
        &self,
        users: &BTreeMap<String, Secret>,
        user: String,
        password: String,
    ) -> Option<String> {
        let known = users.get(&user);
        let hash = known.map_or_else(|| stand_in(users), |hash| hash.expose().to_owned());
        let combination = combination(&[&user, &hash, &password]);
        if let Some(verdict) = self.remembered(&combination) {
            return (verdict && known.is_some()).then_some(user);
        }
        let _turn = self.turn.acquire().await.ok()?;
        // whoever was before us may have tried the same
        if let Some(verdict) = self.remembered(&combination) {
            return (verdict && known.is_some()).then_some(user);
        }
        let tried = tokio::task::spawn_blocking(move || matches(&hash, &password)).await;
        let proved = tried.unwrap_or(false) && known.is_some();
        remember(if proved { &self.good } else { &self.bad }, combination);
        proved.then_some(user)
    }

    /// Strangers with bad passwords do not push out the good ones: each kind has its own list.
    fn remembered(&self, combination: &[u8; 32]) -> Option<bool> {
        let has = |verdicts: &Mutex<Verdicts>| {
            verdicts.lock().unwrap_or_else(PoisonError::into_inner).contains(combination)
        };
        match (has(&self.good), has(&self.bad)) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        }
    }
}

fn remember(verdicts: &Mutex<Verdicts>, combination: [u8; 32]) {
    let mut verdicts = verdicts.lock().unwrap_or_else(PoisonError::into_inner);
    if verdicts.len() == VERDICTS_LIMIT {
        verdicts.pop_front();
    }
    verdicts.push_back(combination);
}

fn combination(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// A hash that costs as much as the users' own, for names that nobody has.
fn stand_in(users: &BTreeMap<String, Secret>) -> String {
    let costs = users.values().filter_map(|hash| Some(parts(hash.expose())?.0));
    format!("$2b${}${NOBODY}", costs.max().unwrap_or(COST))
}

/// Whether a password belongs to a hash.
fn matches(hash: &str, password: &str) -> bool {
    let Some((cost, rest)) = parts(hash) else { return false };
    // the versions differ in mistakes of implementations that nobody has any more
    bcrypt::verify(password, &format!("$2b${cost}${rest}")).unwrap_or(false)
}

/// Cost, and salt with hash. (Source: Go's `bcrypt`, which takes any letter after `$2`.)
fn parts(hash: &str) -> Option<(&str, &str)> {
    let mut parts = hash.strip_prefix('$')?.splitn(3, '$');
    let (_version, cost, rest) = (parts.next()?, parts.next()?, parts.next()?);
    Some((cost, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of "fakepassword", as the exporter-toolkit's source has it; and of "x" at a low cost.
    const FAKE: &str = "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi";

    fn cheap(password: &str) -> Secret {
        Secret::new(bcrypt::hash(password, 4).unwrap())
    }

    #[test]
    fn hashes_of_all_versions_are_matched() {
        assert!(matches(FAKE, "fakepassword") && !matches(FAKE, "fakepassword2"));
        let hash = cheap("x").expose().to_owned();
        for version in ["$2$", "$2a$", "$2y$", "$2z$"] {
            assert!(matches(&hash.replacen("$2b$", version, 1), "x"), "{version}");
        }
        assert!(!matches(&format!("{hash}junk"), "x"));
        assert!(!matches("$2b$04$short", "x"));
    }

    #[test]
    fn a_name_that_nobody_has_costs_as_much() {
        let users = BTreeMap::from([("ann".to_owned(), cheap("x"))]);
        assert_eq!(stand_in(&users), format!("$2b$04${NOBODY}"));
        assert!(bcrypt::verify("x", &stand_in(&users)).is_ok_and(|matches| !matches));
    }

    #[tokio::test]
    async fn names_are_proved_by_their_own_password() {
        let users =
            BTreeMap::from([("ann".to_owned(), cheap("a")), ("bob".to_owned(), cheap("b"))]);
        let logins = Logins::default();
        for _ in 0..2 {
            let check = async |user: &str, password: &str, expect: bool| {
                let proved = logins.proves(&users, user.to_owned(), password.to_owned()).await;
                assert_eq!(proved, expect.then(|| user.to_owned()), "{user} {password}");
            };
            check("ann", "a", true).await;
            check("ann", "b", false).await;
            check("bob", "b", true).await;
            check("eve", "a", false).await;
            check("", "", false).await;
        }
        assert_eq!(logins.good.lock().unwrap().len(), 2);
        assert_eq!(logins.bad.lock().unwrap().len(), 3);
        for number in 0..2 * VERDICTS_LIMIT {
            remember(&logins.bad, combination(&[&number.to_string()]));
        }
        assert_eq!(logins.bad.lock().unwrap().len(), VERDICTS_LIMIT);
        let mut users = users;
        users.insert("ann".to_owned(), cheap("new"));
        assert_eq!(logins.proves(&users, "ann".into(), "a".into()).await, None, "a new password");
    }
}
