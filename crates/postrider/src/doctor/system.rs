//! What the system grants.

use super::finding::Finding;
use nix::sys::resource::{Resource, getrlimit};
use nix::unistd::geteuid;
use postrider_server::SOCKET_BUFFER_BYTES;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What distributions grant; each browser takes one.
const FILES_WANTED: u64 = 1_024;

/// The log's segments, the sockets and some more.
const FILES_NEEDED: u64 = 64;

const BUFFER: &str = "receive buffer";
const FILES: &str = "open files";
const BUFFER_MAX: &str = "/proc/sys/net/core/rmem_max";

/// What waits in the kernel while the disk flushes; beyond it datagrams are lost and sent again.
pub(super) fn receive_buffer(data: &Path) -> Finding {
    let wanted = SOCKET_BUFFER_BYTES;
    let Some(granted) = granted(data) else {
        return Finding::fault(BUFFER, "no UDP socket can be had");
    };
    let says = format!("{} kB of {} kB are granted", granted >> 10, wanted >> 10);
    match granted < wanted {
        true => {
            let advice = format!(
                "for bursts of thousands of texts: `sysctl -w net.core.rmem_max={wanted}`, and the \
                 same in /etc/sysctl.d/postrider.conf"
            );
            Finding::hint(BUFFER, says, advice)
        }
        false => Finding::fine(BUFFER, says),
    }
}

/// Root may have more than the system's limit, and the server's user may not.
fn granted(data: &Path) -> Option<usize> {
    let owner = fs::metadata(data).map(|data| data.uid()).ok();
    if owner.is_some_and(|owner| owner != geteuid().as_raw()) {
        return fs::read_to_string(BUFFER_MAX).ok()?.trim().parse().ok();
    }
    let socket = postrider_server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).ok()?;
    // The kernel says twice what it was asked for, with its own bookkeeping in it.
    socket2::SockRef::from(&socket).recv_buffer_size().ok().map(|twice| twice / 2)
}

pub(super) fn open_files() -> Finding {
    let (soft, hard) = match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok(limits) => limits,
        Err(error) => return Finding::fault(FILES, error.to_string()),
    };
    let says = format!("{soft} may be open here, {hard} if asked for");
    let advice = "raise it with `ulimit -n 65536`, or LimitNOFILE=65536 in the unit";
    match soft {
        0..FILES_NEEDED => Finding::fault(FILES, says).but(advice),
        FILES_NEEDED..FILES_WANTED => Finding::hint(FILES, says, advice),
        _ => Finding::fine(FILES, says),
    }
}
