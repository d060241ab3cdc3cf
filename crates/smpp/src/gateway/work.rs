//! What clients ask of a number: all that waits, with one flush.

use super::running::{Asked, now};
use crate::codec::Status;
use crate::desk::{self, Job, Outcome};
use crate::limits::AT_ONCE_MAX;
use postrider_client::{Client, ClientError, ProfileError, Stamp};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// How long nothing is waited for but jobs.
const LONG: Duration = Duration::from_secs(3_600);
/// After a history that could not be used.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Does jobs as long as the account runs. Counts `nudge` where texts were taken back.
pub(super) async fn work(
    client: Client,
    mut inbox: mpsc::Receiver<Asked>,
    nudge: watch::Sender<u64>,
    mut ended: watch::Receiver<bool>,
) {
    let mut wait = Duration::ZERO;
    loop {
        let mut batch = Vec::new();
        tokio::select! {
            count = inbox.recv_many(&mut batch, AT_ONCE_MAX) => if count == 0 { return },
            () = tokio::time::sleep(wait) => {}
            _ = ended.changed() => return,
        }
        match do_all(&client, batch, &nudge).await {
            Ok(next) => wait = next.map_or(LONG, |due| due.since(now()).min(LONG)),
            Err(ClientError::Ended) => return,
            Err(why) => {
                tracing::error!(number = %client.number(), %why, "SMPP texts cannot be kept");
                wait = TRY_AGAIN_AFTER;
            }
        }
    }
}

/// Does jobs, and sends what is due; says when something else is.
async fn do_all(
    client: &Client,
    batch: Vec<Asked>,
    nudge: &watch::Sender<u64>,
) -> Result<Option<Stamp>, ClientError> {
    let (mut jobs, mut replies) = (Vec::new(), Vec::new());
    for Asked { job, ticket, reply } in batch {
        replies.push((ticket, reply));
        jobs.push(job);
    }
    let is_cancelling = jobs.iter().any(|job| matches!(job, Job::Cancel(_)));
    let done = client.with_profile(move |profile| -> Result<_, ProfileError> {
        let moment = now();
        let due = desk::next_due(profile)?;
        if due.is_some_and(|due| due <= moment) {
            desk::release(profile, moment)?;
        }
        let outcomes = match jobs.is_empty() {
            true => Vec::new(),
            false => desk::commit(profile, jobs, moment)?,
        };
        Ok((outcomes, desk::next_due(profile)?))
    });
    let done = done.await.and_then(|done| done.map_err(ClientError::Profile));
    let (outcomes, next) = match done {
        Ok(done) => done,
        Err(why) => {
            for (ticket, reply) in replies {
                let _ = reply.send((ticket, Outcome::No(Status::SYSTEM)));
            }
            return Err(why);
        }
    };
    for ((ticket, reply), outcome) in replies.into_iter().zip(outcomes) {
        // Who has gone will ask again, or not.
        let _ = reply.send((ticket, outcome));
    }
    if is_cancelling {
        nudge.send_modify(|count| *count += 1);
    }
    Ok(next)
}
