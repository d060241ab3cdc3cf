//! Cookies: how an endpoint under load lets a source address prove itself before it
//! costs memory or a Diffie-Hellman, without remembering anything of it.

use crate::Time;
use crate::durations::COOKIE_SECRET;
use crate::packet::COOKIE_BYTES;
use blake2::Blake2sMac;
use blake2::digest::consts::U16;
use blake2::digest::{FixedOutput, KeyInit, Update};
use std::net::{IpAddr, SocketAddr};
use zeroize::Zeroizing;

/// A cookie: the MAC of a source address.
pub(crate) type Cookie = [u8; COOKIE_BYTES];

/// The two secrets whose cookies count: the one in use, and the one before.
pub(crate) struct Cookies {
    secret: Zeroizing<[u8; 32]>,
    before: Zeroizing<[u8; 32]>,
    since: Time,
}

impl Cookies {
    pub(crate) fn new(now: Time, secrets: [Zeroizing<[u8; 32]>; 2]) -> Cookies {
        let [secret, before] = secrets;
        Cookies { secret, before, since: now }
    }

    /// Takes another secret once this one is [`COOKIE_SECRET`] old.
    pub(crate) fn rotate(&mut self, now: Time, draw: impl FnOnce() -> Zeroizing<[u8; 32]>) {
        if now.since(self.since) >= COOKIE_SECRET {
            self.before = std::mem::replace(&mut self.secret, draw());
            self.since = now;
        }
    }

    /// The cookie of an address, under the secret in use.
    pub(crate) fn cookie(&self, address: SocketAddr) -> Cookie {
        mac(&self.secret, address)
    }

    /// Whether an address has shown its cookie, of either secret.
    pub(crate) fn proves(&self, address: SocketAddr, cookie: &Cookie) -> bool {
        // Bitwise, so that both are computed and compared whole.
        same(&mac(&self.secret, address), cookie) | same(&mac(&self.before, address), cookie)
    }
}

fn mac(secret: &[u8; 32], address: SocketAddr) -> Cookie {
    let mut mac = Blake2sMac::<U16>::new(&(*secret).into());
    match address.ip() {
        IpAddr::V4(ip) => mac.update(&ip.octets()),
        IpAddr::V6(ip) => mac.update(&ip.octets()),
    }
    mac.update(&address.port().to_be_bytes());
    mac.finalize_fixed().into()
}

/// Equality whose time tells nothing.
fn same(a: &Cookie, b: &Cookie) -> bool {
    a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_cookie_proves_its_own_address_until_the_second_change_of_secret() {
        let secret = |byte| Zeroizing::new([byte; 32]);
        let mut cookies = Cookies::new(Time::ZERO, [secret(1), secret(2)]);
        let (ann, ben) = (address("10.0.0.1:1"), address("[::1]:1"));
        let cookie = cookies.cookie(ann);
        assert!(cookies.proves(ann, &cookie));
        assert!(!cookies.proves(ben, &cookie));
        assert!(!cookies.proves(address("10.0.0.1:2"), &cookie));
        let mut now = Time::ZERO + COOKIE_SECRET;
        cookies.rotate(now.before(Duration::from_micros(1)), || unreachable!());
        cookies.rotate(now, || secret(3));
        assert!(cookies.proves(ann, &cookie));
        assert_ne!(cookies.cookie(ann), cookie);
        now = now + COOKIE_SECRET;
        cookies.rotate(now, || secret(4));
        assert!(!cookies.proves(ann, &cookie));
    }
}
