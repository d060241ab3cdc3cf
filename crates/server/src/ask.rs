//! Looking into a running server.

use crate::audit::Act;
use crate::control::{About, Answerer, Ask, Health, SmppAnswer};
use crate::passing::{ForTrunks, ForTurns, Question};
use crate::trunks::TrunksReport;
use postrider_engine::{Code, Engine};
use std::sync::Arc;
use std::sync::mpsc::{self, SyncSender};

/// Asks a running server what it knows. Each answer is true of one moment between two
/// turns; while it is looked up, no turn is taken.
#[derive(Clone, Debug)]
pub struct Asker {
    pub(crate) turns: SyncSender<ForTurns>,
    pub(crate) trunks: Option<SyncSender<ForTrunks>>,
    pub(crate) about: Arc<About>,
}

impl Asker {
    /// Looks something up in the engine; none if the server has ended. Whatever is looked
    /// up should be bounded: nobody is served meanwhile.
    pub fn engine<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Engine) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = mpsc::sync_channel(1);
        let question: Question<Engine> = Box::new(move |engine| {
            // Whoever asked may have gone.
            let _ = answer.send(look(engine));
        });
        self.turns.send(ForTurns::Ask(question)).ok()?;
        answered.recv().ok()
    }

    /// The answer in people's words, as one line of JSON: what [`Ask`] names, or
    /// [`crate::control::Failure`]. `who` asks is the user that the system names.
    pub fn answer(&self, ask: &Ask, who: Option<u32>) -> Vec<u8> {
        Answerer { asker: self.clone() }.answer(ask, who)
    }

    /// All that Prometheus is told (`control::metrics`); none if the server has ended.
    pub fn metrics(&self) -> Option<String> {
        crate::control::metrics_of(self)
    }

    /// Whether the server does what it is there for.
    pub fn health(&self) -> Health {
        crate::control::health_of(self)
    }

    /// Writes what an operator has done to the data folder's `audit.log`; `who` is the user that
    /// did it, where the system says so. What is told must hold no secret. Where it cannot be
    /// written the log says so, and the act stands.
    pub fn record(&self, who: Option<u32>, act: &Act) {
        self.about.audit.record(who, act);
    }

    /// Has the server tell how its message centre is, in its answers and figures. Only the first
    /// counts.
    pub fn set_smpp(&self, smpp: impl Fn() -> SmppAnswer + Send + Sync + 'static) {
        let _ = self.about.smpp.set(Box::new(smpp));
    }

    /// Gives out invitations for new numbers; true once they are on disk.
    pub(crate) fn invite(&self, codes: Vec<Code>) -> bool {
        let (answer, answered) = mpsc::sync_channel(1);
        let is_sent = self.turns.send(ForTurns::Invite(codes, answer)).is_ok();
        is_sent && answered.recv().is_ok()
    }

    /// How the links are; none if the server has no trunks, or has ended.
    pub fn trunks(&self) -> Option<TrunksReport> {
        let (answer, answered) = mpsc::sync_channel(1);
        let question = Box::new(move |trunks: &crate::trunks::Trunks| {
            let _ = answer.send(trunks.report());
        });
        self.trunks.as_ref()?.send(ForTrunks::Ask(question)).ok()?;
        answered.recv().ok()
    }
}
