//! Whole expressions, evaluated by the server: one request for each expression and moment,
//! however many rules of however many groups ask for it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OnceCell, Semaphore};
use tokio::task::JoinSet;

use crate::sample::{Question, Reply};
use crate::source::{Evaluates, Replies};

use super::answer::Evaluated;
use super::http::{Http, Told, Verb};
use super::{Server, seconds};

/// How long a reply is kept for groups that ask the same a little later.
const SHARED_FOR: Duration = Duration::from_secs(5);
/// How many replies are kept at most; with more, questions are asked again.
const SHARED_LIMIT: usize = 4096;

type Slot = Arc<OnceCell<Result<Arc<Reply>, String>>>;

/// The questions that are under way or were answered a moment ago.
#[derive(Debug, Default)]
pub(super) struct Asked(Mutex<BTreeMap<Question, (Slot, Instant)>>);

impl Asked {
    /// Where the replies to questions are, or will be.
    fn slots(&self, questions: &[Question]) -> Vec<Slot> {
        let now = Instant::now();
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain(|_, (slot, since)| {
            Arc::strong_count(slot) > 1 || now.saturating_duration_since(*since) < SHARED_FOR
        });
        let slot = |question: &Question| {
            let room = asked.len() < SHARED_LIMIT;
            match asked.entry(question.clone()) {
                Entry::Occupied(entry) => Arc::clone(&entry.get().0),
                Entry::Vacant(entry) if room => Arc::clone(&entry.insert((Slot::default(), now)).0),
                Entry::Vacant(_) => Slot::default(),
            }
        };
        questions.iter().map(slot).collect()
    }

    /// Forgets a question that failed, so that whoever asks next asks the server.
    fn forget(&self, question: &Question, slot: &Slot) {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.get(question).is_some_and(|(kept, _)| Arc::ptr_eq(kept, slot)) {
            asked.remove(question);
        }
    }
}

/// Asks the server.
async fn ask(http: &Http, turns: &Semaphore, question: &Question) -> Result<Arc<Reply>, String> {
    let _turn = turns.acquire().await;
    let begun = Instant::now();
    let at = seconds(question.at);
    let form = [("query", &*question.expr), ("time", at.as_str())];
    let told: Result<Told<Evaluated>, _> = http.ask_fully(Verb::Post, &["query"], &form).await;
    let Told { data, warnings } = told.map_err(|error| error.to_string())?;
    Ok(Arc::new(Reply { elements: data.elements()?, warnings, took: begun.elapsed() }))
}

impl Server {
    async fn reply_all(&self, questions: &[Question]) -> Vec<Result<Arc<Reply>, String>> {
        let mut under_way = JoinSet::new();
        let slots = self.asked.slots(questions);
        for (index, (question, slot)) in questions.iter().cloned().zip(slots).enumerate() {
            let (http, turns) = (Arc::clone(&self.http), Arc::clone(&self.turns));
            let asked = Arc::clone(&self.asked);
            under_way.spawn(async move {
                let reply = slot.get_or_init(|| ask(&http, &turns, &question)).await.clone();
                if reply.is_err() {
                    asked.forget(&question, &slot);
                }
                (index, reply)
            });
        }
        let lost = || Err("the question was given up".to_owned());
        let mut replies: Vec<_> = questions.iter().map(|_| lost()).collect();
        while let Some(finished) = under_way.join_next().await {
            if let Ok((index, reply)) = finished {
                replies[index] = reply;
            }
        }
        replies
    }
}

impl Evaluates for Server {
    fn reply<'a>(&'a self, questions: &'a [Question]) -> Replies<'a> {
        Box::pin(self.reply_all(questions))
    }
}

#[cfg(test)]
mod tests;
