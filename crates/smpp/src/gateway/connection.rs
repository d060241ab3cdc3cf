//! One connection: a session, its socket, and its account.

use super::Shared;
use super::bound::let_in;
use super::figures::Figures;
use super::running::{Answer, Asked, Fate, Guard, Handed, Running, now};
use crate::asked::{self, Order};
use crate::codec::{Header, Mode, Pdu, QueryResp, Status, Unsuccessful, command, parse};
use crate::desk::{Job, Outcome, OwnAddress};
use crate::limits::{AT_ONCE_MAX, READ_BYTES};
use crate::session::{Event, Session, Ticket, Why};
use crate::validity;
use postrider_web::Tls;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::time::Instant;

/// Who does not read for so long is cut off.
const UNREAD_MAX: Duration = Duration::from_secs(30);

/// Serves a connection until it ends.
pub(super) async fn serve(
    stream: TcpStream,
    tls: Option<Tls>,
    from: SocketAddr,
    shared: Arc<Shared>,
    unbound: OwnedSemaphorePermit,
) {
    let socket = socket2::SockRef::from(&stream);
    // Without these a connection only lives longer.
    let _ = (socket.set_tcp_user_timeout(Some(UNREAD_MAX)), socket.set_tcp_nodelay(true));
    let connection = Connection::new(from, shared, unbound);
    match tls {
        None => connection.live(stream).await,
        Some(tls) => match tls.accept(stream).await {
            Ok(stream) => connection.live(stream).await,
            Err(error) => tracing::debug!(%from, %error, "no TLS with an SMPP client"),
        },
    }
}

struct Connection {
    session: Session,
    shared: Arc<Shared>,
    from: SocketAddr,
    began: Instant,
    /// Given back once it is bound.
    unbound: Option<OwnedSemaphorePermit>,
    bound: Option<Bound>,
    /// What comes of its commands; its other end is given to whoever does them.
    replies: mpsc::UnboundedSender<Answer>,
    /// What the answer to a command has to say besides.
    asked: BTreeMap<Ticket, (u32, Vec<(OwnAddress, Status)>)>,
    groups: BTreeMap<u64, Group>,
    tags: u64,
    why: Option<Why>,
}

struct Bound {
    running: Arc<Running>,
    id: u64,
}

/// The PDUs of one thing that was handed over.
struct Group {
    guard: Guard,
    left: usize,
    fate: Fate,
}

/// Parts of one thing, at the most.
const PARTS: u64 = 1_000;

type Verdict = Result<Arc<Running>, Status>;

impl Connection {
    fn new(from: SocketAddr, shared: Arc<Shared>, unbound: OwnedSemaphorePermit) -> Connection {
        // Nobody waits for these: its own end is made in `live`.
        let (replies, _) = mpsc::unbounded_channel();
        Connection {
            session: Session::new(Duration::ZERO, shared.timers),
            shared,
            from,
            began: Instant::now(),
            unbound: Some(unbound),
            bound: None,
            replies,
            asked: BTreeMap::new(),
            groups: BTreeMap::new(),
            tags: 0,
            why: None,
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    async fn live(mut self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let (replies, mut answers) = mpsc::unbounded_channel();
        self.replies = replies;
        let (verdicts, mut verdict) = mpsc::channel::<Verdict>(1);
        let (_nobody, mut handed) = mpsc::channel::<Handed>(1);
        let (_never, mut ended) = watch::channel(false);
        let (mut stop, mut is_stopping) = (self.shared.stop.clone(), false);
        let mut bytes = vec![0; READ_BYTES];
        let mut batch = Vec::new();
        loop {
            while let Some(event) = self.session.poll_event() {
                if let Event::Bind { system_id, password, mode } = event {
                    self.check(system_id, password, mode, verdicts.clone());
                } else {
                    self.handle(event);
                }
            }
            let output = self.session.take_output();
            if !output.is_empty() {
                let written = tokio::time::timeout(UNREAD_MAX, writer.write_all(&output)).await;
                if !matches!(written, Ok(Ok(()))) {
                    break;
                }
            }
            if self.why.is_some() {
                break;
            }
            let deadline = self.session.deadline().min(Duration::from_secs(86_400 * 365));
            tokio::select! {
                read = reader.read(&mut bytes) => match read {
                    Ok(count) if count > 0 => self.session.hear(self.began.elapsed(), &bytes[..count]),
                    _ => break,
                },
                _ = answers.recv_many(&mut batch, AT_ONCE_MAX) => {
                    batch.drain(..).for_each(|answer| self.answer(answer));
                }
                Some(one) = handed.recv() => self.hand(one),
                Some(verdict) = verdict.recv() => {
                    if let Some((receiver, over)) = self.bind(verdict) {
                        (handed, ended) = (receiver, over);
                    }
                }
                () = tokio::time::sleep_until(self.began + deadline) => {
                    self.session.wake(self.began.elapsed());
                }
                _ = stop.changed(), if !is_stopping => {
                    is_stopping = true;
                    self.session.unbind(self.began.elapsed());
                }
                _ = ended.changed(), if self.bound.is_some() && !is_stopping => {
                    is_stopping = true;
                    self.session.unbind(self.began.elapsed());
                }
            }
        }
        let _ = writer.shutdown().await;
        self.leave();
    }

    fn check(
        &self,
        system_id: Vec<u8>,
        password: Vec<u8>,
        mode: Mode,
        verdicts: mpsc::Sender<Verdict>,
    ) {
        let (shared, from) = (self.shared.clone(), self.from.ip());
        tracing::debug!(from = %self.from, mode = mode.name(), "an SMPP client binds");
        tokio::spawn(async move {
            let verdict = let_in(&shared, from, &system_id, password).await;
            let _ = verdicts.send(verdict).await;
        });
    }

    /// The receiver of what it is handed, and of that its account has ended.
    fn bind(
        &mut self,
        verdict: Verdict,
    ) -> Option<(mpsc::Receiver<Handed>, watch::Receiver<bool>)> {
        let running = match verdict {
            Ok(running) => running,
            Err(status) => {
                self.session.bind_refused(status);
                return None;
            }
        };
        let account = &running.account.system_id;
        let mode = self.session.asked_mode()?;
        let Some((id, handed)) = running.enter(mode, self.from) else {
            tracing::warn!(account, from = %self.from, "as many SMPP binds as the account may have");
            running.figures.refuse(Status::BIND_FAILED);
            self.session.bind_refused(Status::BIND_FAILED);
            return None;
        };
        let window = running.account.window as usize;
        self.session.bind_taken(self.began.elapsed(), SYSTEM_ID, window);
        tracing::info!(account, from = %self.from, mode = mode.name(), "an SMPP client is bound");
        let ended = running.ended.subscribe();
        self.unbound = None;
        // Only now: nothing is handed over before the answer.
        running.has_room();
        self.bound = Some(Bound { running, id });
        Some((handed, ended))
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Command { ticket, header, body } => self.command(ticket, header, &body),
            Event::Answered { tag, status } => {
                let fate = match status {
                    Status::OK => Fate::Told,
                    Status::RECEIVER_PERMANENT | Status::RECEIVER_REJECTS => Fate::Refused,
                    _ => Fate::Again,
                };
                self.handed(tag, fate);
            }
            Event::Unanswered { tag } => self.handed(tag, Fate::Again),
            Event::Ended(why) => self.why = Some(why),
            Event::Bind { .. } => {}
        }
    }

    fn command(&mut self, ticket: Ticket, header: Header, body: &[u8]) {
        let Some(running) = self.bound.as_ref().map(|bound| bound.running.clone()) else { return };
        let account = &running.account;
        // The session has read it before.
        let order = parse(&header, body).and_then(|pdu| match pdu {
            Pdu::Submit(message) => asked::submit(account, &message, now()),
            Pdu::Multi(multi) => asked::submit_multi(account, &multi, now()),
            Pdu::Data(data) => asked::data(account, &data, now()),
            Pdu::Query(query) => asked::query(account, &query),
            Pdu::Cancel(cancel) => asked::cancel(account, &cancel),
            Pdu::Replace(replace) => asked::replace(account, &replace, now()),
            _ => Err(Status::COMMAND),
        });
        let done = order.and_then(|order| self.ask(&running, ticket, header, order));
        if let Err(status) = done {
            self.asked.insert(ticket, (header.command, Vec::new()));
            self.answer((ticket, Outcome::No(status)));
        }
    }

    fn ask(
        &mut self,
        running: &Running,
        ticket: Ticket,
        header: Header,
        order: Order,
    ) -> Result<(), Status> {
        let Order { number, job, refused, replaced } = order;
        if let Job::Submit(submission) = &job
            && !running.may_send(submission.to.len())
        {
            return Err(Status::THROTTLED);
        }
        if replaced > 0 {
            let account = &running.account.system_id;
            Figures::count(&running.figures.replaced, replaced as u64);
            tracing::info!(account, replaced, "characters of an SMPP text could not be read");
        }
        let reply = self.replies.clone();
        // Not its sequence number, which may be another's as well.
        running.ask(number, Asked { job, ticket, reply })?;
        self.asked.insert(ticket, (header.command, refused));
        Ok(())
    }

    fn answer(&mut self, (ticket, outcome): Answer) {
        let Some((asked, refused)) = self.asked.remove(&ticket) else { return };
        let Some(bound) = &self.bound else { return };
        let figures = &bound.running.figures;
        match outcome {
            Outcome::Taken(id) => {
                Figures::count(&figures.submitted, 1);
                let id = id.as_bytes();
                match asked {
                    command::SUBMIT_MULTI => {
                        let refused: Vec<Unsuccessful<'_>> =
                            refused.iter().map(unsuccessful).collect();
                        self.session.answer_multi(ticket, id, &refused);
                    }
                    command::DATA_SM => {
                        self.session.answer(ticket, &Pdu::DataResp(id), Status::OK);
                    }
                    _ => self.session.answer(ticket, &Pdu::SubmitResp(id), Status::OK),
                }
            }
            Outcome::Fate { state, done, error, message_id } => {
                let final_date = done.map(validity::print).unwrap_or_default();
                let answer = QueryResp {
                    message_id: message_id.as_bytes(),
                    final_date: final_date.as_bytes(),
                    state: state as u8,
                    error,
                };
                self.session.answer(ticket, &Pdu::QueryResp(answer), Status::OK);
            }
            Outcome::Done => {
                let answer =
                    if asked == command::CANCEL_SM { Pdu::CancelResp } else { Pdu::ReplaceResp };
                self.session.answer(ticket, &answer, Status::OK);
            }
            Outcome::No(status) => {
                figures.refuse(status);
                let account = &bound.running.account.system_id;
                tracing::debug!(account, %status, command = asked, "an SMPP command is refused");
                let answer = Session::answer_to(asked);
                self.session.answer(ticket, &answer, status);
            }
        }
    }

    /// Hands something to the client, in as many PDUs as it has.
    fn hand(&mut self, handed: Handed) {
        let Handed { messages, guard } = handed;
        self.tags += 1;
        let group = self.tags;
        let now = self.now();
        let mut count = 0;
        for (at, message) in messages.iter().enumerate() {
            let tag = group * PARTS + at as u64;
            if !self.session.deliver(now, tag, &message.message()) {
                // It is unbinding: others are handed this, and the guard says so.
                self.bound.iter().for_each(|bound| bound.running.leave(bound.id));
                return;
            }
            count += 1;
        }
        self.groups.insert(group, Group { guard, left: count, fate: Fate::Told });
    }

    fn handed(&mut self, tag: u64, fate: Fate) {
        let group = tag / PARTS;
        let Some(found) = self.groups.get_mut(&group) else { return };
        found.left = found.left.saturating_sub(1);
        // A part that has to come again brings the others along.
        found.fate = match (found.fate, fate) {
            (Fate::Again, _) | (_, Fate::Again) => Fate::Again,
            (Fate::Refused, _) | (_, Fate::Refused) => Fate::Refused,
            _ => Fate::Told,
        };
        if found.left == 0
            && let Some(Group { guard, fate, .. }) = self.groups.remove(&group)
        {
            guard.say(fate);
            if let Some(bound) = &self.bound {
                bound.running.has_room();
            }
        }
    }

    fn leave(&mut self) {
        let Some(Bound { running, id }) = self.bound.take() else { return };
        // What was handed over and not answered goes to another.
        self.groups.clear();
        running.leave(id);
        let account = &running.account.system_id;
        let why = self.why.map_or("the connection is gone", Why::phrase);
        tracing::info!(account, from = %self.from, why, "an SMPP client is not bound any more");
    }
}

fn unsuccessful((address, status): &(OwnAddress, Status)) -> Unsuccessful<'_> {
    Unsuccessful { destination: address.as_address(), status: *status }
}

/// What this message centre calls itself.
const SYSTEM_ID: &[u8] = b"postrider";
