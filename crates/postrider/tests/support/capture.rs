//! What passes over a TCP connection, as a capture that Wireshark reads.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Passes connections on to a server, and keeps what both sides say.
pub(crate) struct Tap {
    pub(crate) address: SocketAddr,
    said: Arc<Mutex<Said>>,
}

/// What was said, and whether by the client.
type Said = Vec<(bool, Vec<u8>)>;

/// SMPP's port, so that the capture is read as such.
const PORT: u16 = 2775;
/// Packets begin with their IP header.
const LINK_TYPE_RAW: u32 = 101;

impl Tap {
    /// For one client.
    pub(crate) fn before(server: SocketAddr) -> Tap {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let said = Arc::<Mutex<Said>>::default();
        let keep = said.clone();
        std::thread::spawn(move || {
            let (client, _) = listener.accept().unwrap();
            let server = TcpStream::connect(server).unwrap();
            let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let kept = keep.clone();
            std::thread::spawn(move || pass(from, to, true, &kept));
            pass(server, client, false, &keep);
        });
        Tap { address, said }
    }

    /// Writes the capture.
    pub(crate) fn write(&self, file: &Path) {
        let mut all = Vec::new();
        for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, LINK_TYPE_RAW] {
            all.extend_from_slice(&u32::to_le_bytes(word));
        }
        let mut next = [1_u32, 1_u32];
        for (at, (is_client, bytes)) in self.said.lock().unwrap().iter().enumerate() {
            for bytes in bytes.chunks(8_192) {
                let me = usize::from(!is_client);
                let packet = packet(*is_client, next[me], next[1 - me], bytes);
                next[me] = next[me].wrapping_add(bytes.len() as u32);
                for word in [0, at as u32, packet.len() as u32, packet.len() as u32] {
                    all.extend_from_slice(&word.to_le_bytes());
                }
                all.extend_from_slice(&packet);
            }
        }
        std::fs::write(file, all).unwrap();
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, is_client: bool, keep: &Mutex<Said>) {
    let mut bytes = [0; 4_096];
    while let Ok(count) = from.read(&mut bytes)
        && count > 0
    {
        keep.lock().unwrap().push((is_client, bytes[..count].to_vec()));
        if to.write_all(&bytes[..count]).is_err() {
            return;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Write);
}

/// An IPv4 packet with a TCP segment. Checksums are left out, as by a card that adds them later.
fn packet(is_client: bool, sequence: u32, acknowledged: u32, bytes: &[u8]) -> Vec<u8> {
    let (client, server) = ([10, 0, 0, 2], [10, 0, 0, 1]);
    let (from, to) = if is_client { (client, server) } else { (server, client) };
    let (source, destination) = if is_client { (40_000, PORT) } else { (PORT, 40_000) };
    let mut packet = vec![0x45, 0];
    packet.extend_from_slice(&(40 + bytes.len() as u16).to_be_bytes());
    packet.extend_from_slice(&[0, 0, 0x40, 0, 64, 6, 0, 0]);
    packet.extend_from_slice(&from);
    packet.extend_from_slice(&to);
    packet.extend_from_slice(&u16::to_be_bytes(source));
    packet.extend_from_slice(&u16::to_be_bytes(destination));
    packet.extend_from_slice(&sequence.to_be_bytes());
    packet.extend_from_slice(&acknowledged.to_be_bytes());
    packet.extend_from_slice(&[0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
    packet.extend_from_slice(bytes);
    packet
}
