//! What is answered, and what is asked: the words of the document.

use jiff::Timestamp;
use postrider_client::phrases;
use postrider_client::{Contact, Draft, Entry, Lookup, Stamp, Standing, State, Status, Trust, Way};
use postrider_proto::Number;
use postrider_proto::native::{Lifetime, Precedence};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// What goes first where not everything can go at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Urgency {
    #[default]
    Routine,
    Priority,
    Immediate,
    Flash,
}

impl From<Urgency> for Precedence {
    fn from(urgency: Urgency) -> Precedence {
        match urgency {
            Urgency::Routine => Precedence::Routine,
            Urgency::Priority => Precedence::Priority,
            Urgency::Immediate => Precedence::Immediate,
            Urgency::Flash => Precedence::Flash,
        }
    }
}

impl From<Precedence> for Urgency {
    fn from(precedence: Precedence) -> Urgency {
        match precedence {
            Precedence::Routine => Urgency::Routine,
            Precedence::Priority => Urgency::Priority,
            Precedence::Immediate => Urgency::Immediate,
            Precedence::Flash => Urgency::Flash,
        }
    }
}

/// A text to be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewText {
    /// To whom: ten digits.
    #[schema(pattern = "^[0-9]{10}$", example = "1234567890")]
    pub(crate) to: String,
    /// What: 1 to 2,560 characters. More than 160 travel in parts.
    #[schema(min_length = 1, max_length = 2560, example = "the pump is on")]
    pub(crate) text: String,
    /// How urgent it is.
    #[serde(default)]
    pub(crate) precedence: Urgency,
    /// Seconds until it expires where it was not delivered; seven days if left out.
    #[serde(default, deserialize_with = "whole_seconds")]
    #[schema(minimum = 1, maximum = 4294967295u64)]
    pub(crate) lifetime_s: Option<u32>,
    /// Not to seal it: everybody on the way may read it.
    #[serde(default)]
    pub(crate) clear: bool,
}

/// What JSON calls an integer may be written as `60.0`.
fn whole_seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    let Some(seconds) = Option::<f64>::deserialize(from)? else { return Ok(None) };
    let is_whole = seconds.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&seconds);
    let why = "a whole number of seconds is expected, up to 4294967295";
    is_whole.then_some(Some(seconds as u32)).ok_or_else(|| D::Error::custom(why))
}

impl NewText {
    pub(crate) fn draft(self) -> Result<Draft, &'static str> {
        let to: Number = self.to.parse().map_err(|_| "`to` is not a number of ten digits")?;
        let mut draft = Draft::new(to, self.text);
        draft.precedence = self.precedence.into();
        draft.seal = !self.clear;
        match self.lifetime_s {
            Some(0) => return Err("`lifetime_s` is at least 1"),
            Some(lifetime_s) => {
                draft.lifetime = Lifetime::at_least(Duration::from_secs(lifetime_s.into()));
            }
            None => {}
        }
        Ok(draft)
    }
}

/// A roll call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RollCall {
    /// What everybody in the group is asked.
    #[schema(min_length = 1, max_length = 2000, example = "who is at the assembly point?")]
    pub(crate) text: String,
}

/// Which way a text went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Direction {
    Sent,
    Received,
}

/// A text, and what is known of it: only ever what somebody has said, never a guess.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Text {
    /// Which text of this application; a later one has a greater one.
    pub(crate) id: i64,
    /// To whom, or from whom: ten digits.
    with: String,
    direction: Direction,
    /// When it was written, or came, in milliseconds since 1970 by the server's clock.
    at_ms: i64,
    /// As it was written, with all its characters: whoever shows it has to take out those that
    /// steer a terminal or a page.
    text: String,
    precedence: Urgency,
    /// Whether nobody on the way can read it; of one that has not left, whether it is to be so
    /// if it can.
    sealed: bool,
    /// Parts that have not come.
    parts_missing: u8,
    /// Of one that was sent: `waiting`, `accepted`, `on_its_way`, `delivered`, `read`,
    /// `passed_on` (a classic server has it, and nothing more will be known), `expired` or
    /// `refused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    /// The same for people, with where it is and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<String>,
    /// Of one that was delivered or read: whether its recipient's key has signed that. If not,
    /// a server says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    proven: Option<bool>,
    /// Of one that came: whether its sender's key has signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<bool>,
    /// What is doubtful about its sender, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    doubt: Option<&'static str>,
    /// Whether it was marked as read.
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<bool>,
}

impl Text {
    pub(crate) fn of(entry: &Entry) -> Text {
        let mut text = Text {
            id: entry.id.0,
            with: entry.with.to_string(),
            direction: Direction::Sent,
            at_ms: entry.at.0,
            text: entry.text.clone(),
            precedence: entry.precedence.into(),
            sealed: entry.is_sealed,
            parts_missing: entry.parts_missing,
            state: None,
            says: None,
            proven: None,
            verified: None,
            doubt: None,
            read: None,
        };
        match &entry.way {
            Way::Sent(state) => {
                text.state = Some(phrases::state_name(state));
                text.says = Some(phrases::state(state, utc));
                if let State::Delivered { proven, .. } | State::Read { proven, .. } = state {
                    text.proven = Some(*proven);
                }
            }
            Way::Received { trust, is_read } => {
                text.direction = Direction::Received;
                text.verified = Some(*trust == Trust::Verified);
                text.doubt = phrases::trust(*trust);
                text.read = Some(*is_read);
            }
        }
        text
    }
}

fn utc(at: Stamp) -> String {
    Timestamp::from_millisecond(at.0).map_or_else(|_| at.0.to_string(), |at| at.to_string())
}

/// A page of texts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Texts {
    pub(crate) texts: Vec<Text>,
}

impl Texts {
    pub(crate) fn of(entries: &[Entry]) -> Texts {
        Texts { texts: entries.iter().map(Text::of).collect() }
    }
}

/// The application's number, and whether its texts can leave.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnNumber {
    /// Ten digits.
    pub(crate) number: String,
    /// The key that it is bound to, in hexadecimal digits.
    pub(crate) key: String,
    /// Whether the server has let it in.
    pub(crate) attached: bool,
    /// The same for people, with why not.
    pub(crate) says: String,
    /// Texts that are at no server yet.
    pub(crate) waiting: u64,
}

pub(crate) fn says_of(status: &Status) -> (bool, String) {
    (matches!(status, Status::Attached { .. }), phrases::network(status))
}

/// What the directory says of a number; what it says of keys was checked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundNumber {
    /// Ten digits.
    number: String,
    /// Whether the server knows it.
    known: bool,
    /// The server where it is, or was, at home.
    home: Option<String>,
    /// The key that it is bound to, in hexadecimal digits; none of a classic number.
    key: Option<String>,
    /// Whether it was given up, for ever.
    released: bool,
}

impl FoundNumber {
    pub(crate) fn of(lookup: &Lookup) -> FoundNumber {
        let row = lookup.row.as_ref();
        FoundNumber {
            number: lookup.number.to_string(),
            known: row.is_some(),
            home: row.map(|row| phrases::named(&row.home)),
            key: row.and_then(|row| row.key).map(|key| key.to_string()),
            released: row.is_some_and(|row| row.is_released),
        }
    }
}

/// Whether somebody's texts are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Wanted {
    /// Nobody has decided.
    New,
    Accepted,
    /// Its texts are kept and not told of.
    Blocked,
}

impl From<Standing> for Wanted {
    fn from(standing: Standing) -> Wanted {
        match standing {
            Standing::New => Wanted::New,
            Standing::Accepted => Wanted::Accepted,
            Standing::Blocked => Wanted::Blocked,
        }
    }
}

impl From<Wanted> for Standing {
    fn from(wanted: Wanted) -> Standing {
        match wanted {
            Wanted::New => Standing::New,
            Wanted::Accepted => Standing::Accepted,
            Wanted::Blocked => Standing::Blocked,
        }
    }
}

/// A number of which the application knows something.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KnownContact {
    number: String,
    name: Option<String>,
    standing: Wanted,
    /// The key that it had when it was first met, or that was accepted since.
    key: Option<String>,
    /// Another key that it is said to have now. Texts to it wait until somebody has decided.
    new_key: Option<String>,
}

impl From<&Contact> for KnownContact {
    fn from(contact: &Contact) -> KnownContact {
        KnownContact {
            number: contact.number.to_string(),
            name: contact.name.clone(),
            standing: contact.standing.into(),
            key: contact.key.map(|key| key.to_string()),
            new_key: contact.new_key.map(|key| key.to_string()),
        }
    }
}

/// All of them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Contacts {
    pub(crate) contacts: Vec<KnownContact>,
}

/// What is to be known of a number. What is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactChange {
    /// What it is called; empty: by its number.
    #[schema(max_length = 64)]
    pub(crate) name: Option<String>,
    pub(crate) standing: Option<Wanted>,
    /// The new key, of those that the contact shows, which counts from now on.
    pub(crate) accept_key: Option<String>,
}

/// An error (RFC 9457).
#[derive(ToSchema)]
#[allow(dead_code, reason = "the document describes by it what postrider_web::Problem writes")]
pub(crate) struct ProblemDetails {
    title: String,
    status: u16,
    /// What happened, what was kept, and what to do next.
    detail: String,
}
