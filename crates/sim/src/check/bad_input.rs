//! *Bad input does no harm*: what CLASSIC.md does not allow is dropped, whoever says
//! it, and everything else is heard. Judged here by a second, slower reading of the
//! page than the codec's. Nothing is excused.

use crate::report::{Promise, Verdict};
use crate::wire::{Datagram, Peer};
use postrider_proto::classic::{DEFAULT_PORT, Line};

/// Whether what was done with a datagram, heard or dropped, was right.
pub(crate) fn check(datagram: &Datagram, line: &Line, heard: bool) -> Verdict {
    let from_server = matches!(datagram.from, Peer::Server(_));
    let legal = is_legal(&datagram.bytes, from_server, line);
    if legal == heard {
        return Ok(());
    }
    let written = String::from_utf8_lossy(&datagram.bytes);
    let verb = if heard { "heard" } else { "dropped" };
    Promise::BadInput.broken(format!("{:?} said {written:?}, and was {verb}", datagram.from))
}

fn is_legal(bytes: &[u8], from_server: bool, line: &Line) -> bool {
    let Ok(written) = std::str::from_utf8(bytes) else {
        // Only dropped bytes at the end could make it UTF-8, and they are ASCII.
        return false;
    };
    let written = written.trim_end_matches(['\n', '\0']);
    if written.len() > 256 {
        return false;
    }
    let is_list = from_server && written.as_bytes().get(2).is_some_and(u8::is_ascii_digit);
    if is_list { is_legal_list(written, line) } else { is_legal_message(written, from_server) }
}

fn is_legal_list(written: &str, line: &Line) -> bool {
    let known: Vec<String> = line
        .servers()
        .filter_map(|server| line.address(server))
        .flat_map(|address| {
            let bare = (address.port() == DEFAULT_PORT).then(|| address.ip().to_string());
            [Some(address.to_string()), bare]
        })
        .flatten()
        .collect();
    written.split('?').all(|pair| {
        let server = pair.get(11..).unwrap_or_default();
        is_id(pair.get(..10).unwrap_or_default())
            && pair.get(10..11) == Some("/")
            && known.iter().any(|address| address == server)
    })
}

fn is_legal_message(written: &str, from_server: bool) -> bool {
    let fields: Vec<&str> = written.splitn(5, '/').collect();
    let [kind, seq, source, destination, payload] = fields[..] else { return false };
    let short = payload.chars().count() <= 160 && payload.len() <= 226;
    let seq_is_right = matches!(seq.len(), 1 | 2) && seq.bytes().all(|b| b.is_ascii_digit());
    let rest_is_right = match kind {
        "send" => is_id(destination) && short,
        "ack" => is_id(destination),
        "handshake" | "get" => !from_server && destination.is_empty(),
        "terminate" => destination.is_empty() && payload == if from_server { "1" } else { "" },
        _ => false,
    };
    seq_is_right && is_id(source) && rest_is_right
}

fn is_id(field: &str) -> bool {
    field.len() == 10 && field.bytes().all(|byte| byte.is_ascii_digit())
}
