//! What a command came to.

use std::fmt;

/// What is said of a command: zero is well, everything else says why not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status(pub u32);

macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident = $value:literal, $said:literal;)*) => {
        impl Status {
            $($(#[$doc])* pub const $name: Status = Status($value);)*

            /// As the specification calls it; none of one that it does not have.
            pub fn name(self) -> Option<&'static str> {
                match self {
                    $(Status::$name => Some($said),)*
                    _ => None,
                }
            }
        }
    };
}

statuses! {
    /// It is well.
    OK = 0x00, "ESME_ROK";
    /// The length of a text.
    MESSAGE_LENGTH = 0x01, "ESME_RINVMSGLEN";
    /// The length of a command.
    COMMAND_LENGTH = 0x02, "ESME_RINVCMDLEN";
    /// There is no such command.
    COMMAND = 0x03, "ESME_RINVCMDID";
    /// It cannot be said in this session, or not now.
    BIND_STATE = 0x04, "ESME_RINVBNDSTS";
    /// It is bound.
    ALREADY_BOUND = 0x05, "ESME_RALYBND";
    /// Something is wrong here.
    SYSTEM = 0x08, "ESME_RSYSERR";
    /// The sender's address.
    SOURCE = 0x0a, "ESME_RINVSRCADR";
    /// The recipient's address.
    DESTINATION = 0x0b, "ESME_RINVDSTADR";
    /// There is no such text.
    MESSAGE_ID = 0x0c, "ESME_RINVMSGID";
    /// Not now.
    BIND_FAILED = 0x0d, "ESME_RBINDFAIL";
    /// The name or the password.
    PASSWORD = 0x0e, "ESME_RINVPASWD";
    /// The name.
    SYSTEM_ID = 0x0f, "ESME_RINVSYSID";
    /// It cannot be taken back.
    CANCEL_FAILED = 0x11, "ESME_RCANCELFAIL";
    /// It cannot be replaced.
    REPLACE_FAILED = 0x13, "ESME_RREPLACEFAIL";
    /// Too much waits.
    QUEUE_FULL = 0x14, "ESME_RMSGQFUL";
    /// How many recipients there are.
    DESTINATIONS = 0x33, "ESME_RINVNUMDESTS";
    /// There is no such list.
    LIST_NAME = 0x34, "ESME_RINVDLNAME";
    /// What kind of recipient.
    DESTINATION_FLAG = 0x40, "ESME_RINVDESTFLAG";
    /// The class of a message.
    ESM_CLASS = 0x43, "ESME_RINVESMCLASS";
    /// It cannot be sent.
    SUBMIT_FAILED = 0x45, "ESME_RSUBMITFAIL";
    /// Too many in too short a time.
    THROTTLED = 0x58, "ESME_RTHROTTLED";
    /// When it is to be sent.
    SCHEDULE = 0x61, "ESME_RINVSCHED";
    /// Until when it is good.
    EXPIRY = 0x62, "ESME_RINVEXPIRY";
    /// The client cannot take it now.
    RECEIVER_TEMPORARY = 0x64, "ESME_RX_T_APPN";
    /// The client will never take it.
    RECEIVER_PERMANENT = 0x65, "ESME_RX_P_APPN";
    /// The client refuses it.
    RECEIVER_REJECTS = 0x66, "ESME_RX_R_APPN";
    /// It cannot be asked for.
    QUERY_FAILED = 0x67, "ESME_RQUERYFAIL";
    /// The optional fields cannot be read.
    OPTIONAL_FIELDS = 0xc0, "ESME_RINVOPTPARSTREAM";
    /// The length of an optional field.
    OPTIONAL_LENGTH = 0xc2, "ESME_RINVPARLEN";
    /// An optional field that is wanted.
    OPTIONAL_MISSING = 0xc3, "ESME_RMISSINGOPTPARAM";
    /// What an optional field says.
    OPTIONAL_VALUE = 0xc4, "ESME_RINVOPTPARAMVAL";
    /// It cannot be delivered.
    DELIVERY_FAILED = 0xfe, "ESME_RDELIVERYFAILURE";
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{:#010x}", self.0),
        }
    }
}
