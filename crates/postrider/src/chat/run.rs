//! The loop: something happens, the state changes, wishes are carried out, the screen is drawn.
//! Nothing happens by the clock.

use super::draw::{Look, draw};
use super::keys::is_classic_key;
use super::state::{State, Wish};
use super::thread::PAGE;
use crate::own::rank;
use crate::profile::{Clock, Door, disputed, picture, wait_for, what_happened};
use anyhow::Context;
use postrider_client::{Client, Entry, EntryId, Event, History, Profile, Stamp};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{
    self, DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
    Event as Typed, KeyEventKind,
};
use ratatui::crossterm::execute;
use signal_hook::consts::{SIGHUP, SIGTERM};
use std::collections::VecDeque;
use std::io::stdout;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Texts that a search finds.
const FOUND_MAX: usize = 200;

/// How the screen behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// Whether senders may know that their texts were read.
    pub(crate) tells_read: bool,
    pub(crate) takes_mouse: bool,
    /// Whether a key leads to the classic client.
    pub(crate) has_classic: bool,
}

/// How the screen was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    Quit,
    /// For the classic client, which has the terminal from now on.
    Classic,
}

/// Something happened.
enum Happened {
    Typed(Typed),
    Told(Event),
    Traced(EntryId, Result<Entry, String>),
    /// Another program has changed something through the door.
    Changed,
    End,
}

/// What the loop has in its hands.
struct Chat {
    client: Client,
    history: History,
    state: State,
    tells_read: bool,
    happened: Sender<Happened>,
    left: Option<Left>,
    /// Conversations and the newest page are to be read again.
    is_stale: bool,
}

/// Shows the screen until it is left; then the client ends in order.
pub(crate) fn run(client: Client, folder: &Path, manner: Manner) -> anyhow::Result<Left> {
    let (sender, happens) = channel();
    listen(&client, &sender);
    let changed = sender.clone();
    let door = Door::open(folder, &client, move || {
        let _ = changed.send(Happened::Changed);
    });
    let mut terminal = ratatui::try_init()?;
    execute!(stdout(), EnableBracketedPaste)?;
    if manner.takes_mouse {
        execute!(stdout(), EnableMouseCapture)?;
    }
    read_keys(&sender, manner.has_classic);
    let mut state = State::new(client.number(), Clock::here(), terminal.size()?);
    state.has_classic = manner.has_classic;
    let mut chat = Chat {
        history: client.history()?,
        client,
        state,
        tells_read: manner.tells_read,
        happened: sender,
        left: None,
        is_stale: true,
    };
    if let Err(why) = &door {
        chat.state.notice(format!("other programs cannot use this profile meanwhile: {why}"));
    }
    let ended = chat.live(&mut terminal, &happens);
    let _ = execute!(stdout(), DisableMouseCapture, DisableBracketedPaste);
    ratatui::restore();
    drop(door);
    let stopped = wait_for(chat.client.stop());
    let left = ended?;
    // One that has ended by itself has said why.
    drop(stopped?);
    Ok(left)
}

fn listen(client: &Client, sender: &Sender<Happened>) {
    let (mut events, told) = (client.events(), sender.clone());
    std::thread::spawn(move || {
        while let Some(event) = events.blocking_next() {
            if told.send(Happened::Told(event)).is_err() {
                return;
            }
        }
    });
    let end = sender.clone();
    if let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGTERM, SIGHUP]) {
        std::thread::spawn(move || {
            for signal in signals.forever() {
                // After the screen the signal does what it always does.
                if end.send(Happened::End).is_err() {
                    let _ = signal_hook::low_level::emulate_default_handler(signal);
                }
            }
        });
    }
}

fn read_keys(sender: &Sender<Happened>, has_classic: bool) {
    let typed = sender.clone();
    std::thread::spawn(move || {
        while let Ok(event) = event::read() {
            // What is typed after that key is for the client that it leads to.
            let is_last = has_classic && event.as_key_press_event().is_some_and(is_classic_key);
            if typed.send(Happened::Typed(event)).is_err() || is_last {
                return;
            }
        }
        let _ = typed.send(Happened::End);
    });
}

impl Chat {
    fn live(
        &mut self,
        terminal: &mut DefaultTerminal,
        happens: &Receiver<Happened>,
    ) -> anyhow::Result<Left> {
        let look = Look::of_environment();
        loop {
            let size = terminal.size()?;
            self.state.now(Stamp::now(), size);
            if std::mem::take(&mut self.is_stale) {
                self.read_again()?;
            }
            terminal.draw(|frame| draw(&self.state, look, frame))?;
            let Ok(first) = happens.recv() else { return Ok(Left::Quit) };
            // What is waiting besides is drawn together with it.
            for happened in std::iter::once(first).chain(happens.try_iter()) {
                let wishes = self.handle(happened);
                self.carry_out(wishes)?;
                if let Some(left) = self.left {
                    return Ok(left);
                }
            }
        }
    }

    fn handle(&mut self, happened: Happened) -> Vec<Wish> {
        match happened {
            Happened::Typed(Typed::Key(key)) if key.kind != KeyEventKind::Release => {
                self.state.key(key)
            }
            Happened::Typed(Typed::Mouse(mouse)) => self.state.mouse(mouse),
            Happened::Typed(Typed::Paste(text)) => self.state.paste(&text),
            Happened::Typed(_) => Vec::new(),
            Happened::Told(event) => self.told(event),
            Happened::Traced(id, said) => self.state.traced(id, said),
            Happened::Changed => {
                self.is_stale = true;
                if self.state.is_at_end() { self.open_again() } else { Vec::new() }
            }
            Happened::End => vec![Wish::Quit],
        }
    }

    fn told(&mut self, event: Event) -> Vec<Wish> {
        match (&event, what_happened(&event)) {
            (Event::Disputed { .. }, Some(what)) => self.state.disputed(what),
            (_, Some(what)) => self.state.notice(what),
            (_, None) => {}
        }
        self.is_stale |= !matches!(event, Event::Connecting { .. });
        if let Event::Refused { why, .. } = &event {
            self.state.refused(*why);
        }
        match event {
            Event::Received(entry) | Event::Changed(entry) => self.state.learn(&entry),
            Event::Missed => self.open_again(),
            _ => {
                self.state.network(self.client.status(), self.state.waiting);
                Vec::new()
            }
        }
    }

    fn open_again(&mut self) -> Vec<Wish> {
        let open = self.state.open_number();
        open.map(|number| Wish::Open(number, None)).into_iter().collect()
    }

    fn read_again(&mut self) -> anyhow::Result<()> {
        self.state.conversations(self.history.conversations()?);
        self.state.network(self.client.status(), self.history.waiting()?);
        if self.state.open_number().is_none() {
            let wishes = self.state.step(0);
            self.carry_out(wishes)?;
        }
        Ok(())
    }

    fn carry_out(&mut self, wishes: Vec<Wish>) -> anyhow::Result<()> {
        let mut wishes = VecDeque::from(wishes);
        while let Some(wish) = wishes.pop_front() {
            wishes.extend(self.grant(wish)?);
        }
        Ok(())
    }

    fn grant(&mut self, wish: Wish) -> anyhow::Result<Vec<Wish>> {
        match wish {
            Wish::Open(with, at) => {
                let before = at.map(|at| EntryId(at.0.saturating_add(1)));
                let page = self.history.page(with, before, PAGE)?;
                return Ok(self.state.page(with, page, at.is_none()));
            }
            Wish::Older(with, before) => {
                self.state.older(with, self.history.page(with, Some(before), PAGE)?);
            }
            Wish::Send(draft) => match wait_for(self.client.send(draft))? {
                Ok(entry) => {
                    self.is_stale = true;
                    return Ok(self.sent(&entry));
                }
                Err(why) => self.state.notice(format!("not sent: {why}")),
            },
            Wish::Find(words) => self.state.found(self.history.find(&words, FOUND_MAX)?),
            Wish::Trace(entry) => self.trace(entry),
            Wish::Keys => self.show_keys()?,
            Wish::Name(number, name) => {
                self.change(move |profile| profile.set_name(number, name.as_deref()))?;
            }
            Wish::Standing(number, standing) => {
                self.change(move |profile| profile.set_standing(number, standing))?;
            }
            Wish::TakeKey(number, key) => {
                self.change(move |profile| profile.accept_key(number, key, Stamp::now()))?;
            }
            Wish::Read(number, up_to) => {
                let tell = self.tells_read;
                let now = Stamp::now();
                self.change(move |profile| profile.mark_read(number, up_to, tell, now))?;
            }
            Wish::Claim(code) => {
                wait_for(self.client.claim(&code))??;
            }
            Wish::Device => self.show_device()?,
            Wish::Quit => self.left = Some(Left::Quit),
            Wish::Classic => self.left = Some(Left::Classic),
        }
        Ok(Vec::new())
    }

    /// An own text is shown at the end, wherever the thread was.
    fn sent(&mut self, entry: &Entry) -> Vec<Wish> {
        if self.state.is_at_end() {
            return self.state.learn(entry);
        }
        vec![Wish::Open(entry.with, None)]
    }

    fn change(
        &mut self,
        job: impl FnOnce(&mut Profile) -> Result<(), postrider_client::ProfileError> + Send + 'static,
    ) -> anyhow::Result<()> {
        self.is_stale = true;
        let done = wait_for(self.client.with_profile(job))?.context("the client")?;
        if let Err(why) = done {
            self.state.notice(why.to_string());
        }
        Ok(())
    }

    fn show_keys(&mut self) -> anyhow::Result<()> {
        let keys = wait_for(self.client.look(|profile| profile.keys().clone()))??;
        let mut own = vec![format!("Your key: {}, {}.", keys.owner_key(), rank(&keys).words)];
        let said = self.history.disputed()?.map(|(server, _)| disputed(&server));
        own.extend(said.map(|said| format!("Disputed: {said}.")));
        self.state.keys(own);
        Ok(())
    }

    fn show_device(&mut self) -> anyhow::Result<()> {
        let code = |profile: &mut Profile| Ok(profile.keys().device_code(profile.servers()?)?);
        let code: Result<_, postrider_client::ProfileError> =
            wait_for(self.client.with_profile(code))??;
        match code.map(|code| picture(&code.print())) {
            Ok(Some(picture)) => self.state.device(picture),
            Ok(None) => self.state.notice("too long for a picture: postrider id device".to_owned()),
            Err(why) => self.state.notice(why.to_string()),
        }
        Ok(())
    }

    /// The answer may take as long as the link to the server does.
    fn trace(&self, entry: EntryId) {
        let (client, happened) = (self.client.clone(), self.happened.clone());
        std::thread::spawn(move || {
            let said = match wait_for(client.trace(entry)) {
                Ok(said) => said.map_err(|why| why.to_string()),
                Err(why) => Err(why.to_string()),
            };
            let _ = happened.send(Happened::Traced(entry, said));
        });
    }
}
