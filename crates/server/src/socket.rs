//! The UDP socket: many datagrams with one system call, in both directions.

use crate::batch::Batch;
use crate::limits::{DATAGRAM_BYTES, RECEIVED_PER_CALL, SENT_PER_CALL, SOCKET_BUFFER_BYTES};
use nix::errno::Errno;
use nix::sys::socket::{
    MsgFlags, MultiHeaders, SockaddrLike, SockaddrStorage, recvmmsg, sendmmsg, setsockopt, sockopt,
};
use std::io::{IoSlice, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::Duration;

/// How long a receiver waits before it looks whether it is to stop.
const WAKE: Duration = Duration::from_millis(200);

/// Binds the address, with buffers as large as the kernel grants.
pub fn bind(address: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind(address)?;
    let kernel = socket2::SockRef::from(&socket);
    // Beyond net.core.rmem_max where the process may, up to it where it may not.
    if setsockopt(&socket, sockopt::RcvBufForce, &SOCKET_BUFFER_BYTES).is_err() {
        kernel.set_recv_buffer_size(SOCKET_BUFFER_BYTES)?;
    }
    if setsockopt(&socket, sockopt::SndBufForce, &SOCKET_BUFFER_BYTES).is_err() {
        kernel.set_send_buffer_size(SOCKET_BUFFER_BYTES)?;
    }
    socket.set_read_timeout(Some(WAKE))?;
    Ok(socket)
}

/// What receiving takes, kept from call to call. Belongs to the thread that receives.
pub struct Receiver {
    headers: MultiHeaders<SockaddrStorage>,
    buffers: Vec<Vec<u8>>,
}

impl Default for Receiver {
    fn default() -> Receiver {
        Receiver::new()
    }
}

impl Receiver {
    /// Buffers for one system call.
    pub fn new() -> Receiver {
        Receiver {
            headers: MultiHeaders::preallocate(RECEIVED_PER_CALL, None),
            buffers: vec![vec![0; DATAGRAM_BYTES]; RECEIVED_PER_CALL],
        }
    }

    /// Waits for a datagram, then hands over all that are there, up to the limit.
    /// Returns how many; none after a while without any.
    pub fn receive(
        &mut self,
        socket: &UdpSocket,
        mut each: impl FnMut(SocketAddr, &[u8]),
    ) -> Result<usize, Errno> {
        let mut slices: Vec<[IoSliceMut<'_>; 1]> =
            self.buffers.iter_mut().map(|buffer| [IoSliceMut::new(buffer)]).collect();
        let (socket, flags) = (socket.as_raw_fd(), MsgFlags::MSG_WAITFORONE);
        let received = match recvmmsg(socket, &mut self.headers, slices.iter_mut(), flags, None) {
            Ok(received) => received,
            Err(Errno::EAGAIN | Errno::EINTR) => return Ok(0),
            Err(error) => return Err(error),
        };
        let mut count = 0;
        for message in received {
            count += 1;
            let address = message.address.as_ref().and_then(from_kernel);
            if let Some(address) = address {
                // An empty datagram has no slice of bytes, and counts all the same.
                each(address, message.iovs().next().unwrap_or_default());
            }
        }
        Ok(count)
    }
}

/// What sending takes, kept from call to call. Belongs to the thread that sends.
pub struct Transmitter {
    headers: MultiHeaders<SockaddrStorage>,
}

impl Default for Transmitter {
    fn default() -> Transmitter {
        Transmitter::new()
    }
}

impl Transmitter {
    /// Headers for one system call.
    pub fn new() -> Transmitter {
        Transmitter { headers: MultiHeaders::preallocate(SENT_PER_CALL, None) }
    }

    /// Sends all of a batch. A datagram that the kernel refuses is left out, as the
    /// network might have done; returns how many were, and the last reason.
    pub fn send(
        &mut self,
        socket: &UdpSocket,
        batch: &Batch<SocketAddr>,
    ) -> (usize, Option<Errno>) {
        let slices: Vec<[IoSlice<'_>; 1]> =
            batch.iter().map(|(_, datagram)| [IoSlice::new(datagram)]).collect();
        let addresses: Vec<Option<SockaddrStorage>> =
            batch.iter().map(|(address, _)| Some(SockaddrStorage::from(address))).collect();
        let (mut at, mut refused) = (0, (0, None));
        while at < slices.len() {
            let end = slices.len().min(at + SENT_PER_CALL);
            match self.send_some(socket, &slices[at..end], &addresses[at..end]) {
                Ok(sent) => at += sent.max(1),
                Err(Errno::EINTR) => {}
                Err(error) => {
                    refused = (refused.0 + 1, Some(error));
                    at += 1;
                }
            }
        }
        refused
    }

    fn send_some<'a>(
        &mut self,
        socket: &UdpSocket,
        slices: &'a [[IoSlice<'a>; 1]],
        addresses: &[Option<SockaddrStorage>],
    ) -> Result<usize, Errno> {
        let (socket, flags) = (socket.as_raw_fd(), MsgFlags::empty());
        let headers = &mut self.headers;
        sendmmsg(socket, headers, slices, addresses, [], flags).map(Iterator::count)
    }
}

fn from_kernel(address: &SockaddrStorage) -> Option<SocketAddr> {
    if let Some(v4) = address.as_sockaddr_in() {
        return Some(SocketAddr::V4((*v4).into()));
    }
    let v6 = address.as_sockaddr_in6()?;
    debug_assert!(v6.len() > 0);
    Some(SocketAddr::V6((*v6).into()))
}
