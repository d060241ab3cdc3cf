//! What others say of themselves on the local network. It is read as what anybody may have
//! written.

use crate::keys::parse_key;
use crate::limits::ADDRESSES_FOUND_MAX;
use crate::passing::Found;
use mdns_sd::ResolvedService;
use postrider_proto::native::{Label, ServerId};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

/// What a server says: its key, in hexadecimal digits.
pub(super) const KEY: &str = "key";

/// And what people call it.
pub(super) const NAME: &str = "name";

/// A short key, written.
const ID_DIGITS: usize = 16;

/// A server, if it says who it is, and is where it may be dialled from here.
pub(super) fn found(service: &ResolvedService, listens: IpAddr) -> Option<Found> {
    let key = parse_key(service.get_property_val_str(KEY)?)?;
    if whose(&service.fullname) != Some(key.id()) || service.port == 0 {
        return None;
    }
    let name = service.get_property_val_str(NAME).filter(|name| Label::new(name).is_ok());
    let ips = service.addresses.iter().map(mdns_sd::ScopedIp::to_ip_addr);
    let ips: BTreeSet<IpAddr> = ips.filter(|ip| may_be_dialled(*ip, listens)).collect();
    let addresses = ips.into_iter().take(ADDRESSES_FOUND_MAX);
    let addresses: Vec<_> = addresses.map(|ip| SocketAddr::new(ip, service.port)).collect();
    (!addresses.is_empty()).then(|| Found { key, name: name.map(str::to_owned), addresses })
}

/// Whose service it is that has this name: it begins with the short key. What follows it
/// was added since somebody else had the name before.
pub(super) fn whose(name: &str) -> Option<ServerId> {
    let digits = name.strip_suffix(super::SERVICE)?.get(..ID_DIGITS)?;
    let is_one = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let value = u64::from_str_radix(digits, 16).ok().filter(|_| is_one)?;
    Some(ServerId(value.to_be_bytes()))
}

/// A socket of one family reaches no other, one on the loopback reaches that alone, and
/// nobody else's loopback is reached. An address that is one link's alone would need to
/// say which.
fn may_be_dialled(ip: IpAddr, listens: IpAddr) -> bool {
    let is_one_links = matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    let is_everybodys = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    ip.is_ipv4() == listens.is_ipv4()
        && ip.is_loopback() == listens.is_loopback()
        && !(ip.is_unspecified() || ip.is_multicast() || is_one_links || is_everybodys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Identity;
    use mdns_sd::ServiceInfo;
    use postrider_proto::native::ServerKey;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    fn key() -> ServerKey {
        Identity::generate().unwrap().key()
    }

    fn said(instance: &str, ips: &str, port: u16, said: &[(&str, &str)]) -> Option<Found> {
        let info =
            ServiceInfo::new(super::super::SERVICE, instance, "host.local.", ips, port, said);
        found(&info.unwrap().as_resolved_service(), HERE)
    }

    #[test]
    fn a_server_that_says_who_and_where_it_is_is_found() {
        let key = key();
        let (id, digits) = (key.id().to_string(), key.to_string());
        let ips = "10.0.0.9,10.0.0.2,fd00::1,127.0.0.1,224.0.0.1";
        let found = said(&id, ips, 7, &[(KEY, &digits), (NAME, "Camp 2")]).unwrap();
        let addresses = [([10, 0, 0, 2], 7).into(), ([10, 0, 0, 9], 7).into()].to_vec();
        assert_eq!(found, Found { key, name: Some("Camp 2".to_owned()), addresses });
    }

    #[test]
    fn what_makes_no_sense_is_nobody() {
        let key = key();
        let (id, digits) = (key.id().to_string(), key.to_string());
        let right = [(KEY, digits.as_str())];
        assert!(said(&id, "10.0.0.2", 7, &right).is_some());
        assert_eq!(said(&id, "10.0.0.2", 7, &[]), None, "no key");
        assert_eq!(said(&id, "10.0.0.2", 7, &[(KEY, &digits[1..])]), None, "half a key");
        assert_eq!(said(&id, "10.0.0.2", 0, &right), None, "no port");
        assert_eq!(said(&id, "127.0.0.1,255.255.255.255", 7, &right), None, "nowhere");
        assert_eq!(said("0123456789abcdef", "10.0.0.2", 7, &right), None, "another's name");
    }

    #[test]
    fn a_name_that_would_act_on_a_terminal_is_none() {
        let key = key();
        let (id, digits) = (key.id().to_string(), key.to_string());
        for name in ["\u{1b}[2J", "two\nlines", "\u{202e}txt", "", &"x".repeat(33)] {
            let found = said(&id, "10.0.0.2", 7, &[(KEY, &digits), (NAME, name)]).unwrap();
            assert_eq!(found.name, None, "{name:?}");
        }
    }

    #[test]
    fn so_many_addresses_are_not_kept() {
        let key = key();
        let ips: Vec<_> = (1..=200).map(|last| format!("10.0.0.{last}")).collect();
        let (id, digits) = (key.id().to_string(), key.to_string());
        let found = said(&id, &ips.join(","), 7, &[(KEY, &digits)]).unwrap();
        assert_eq!(found.addresses.len(), ADDRESSES_FOUND_MAX);
    }

    #[test]
    fn whose_service_it_is_is_known_by_the_name() {
        let id = key().id();
        for name in [format!("{id}."), format!("{id} (2).")] {
            assert_eq!(whose(&format!("{name}{}", super::super::SERVICE)), Some(id));
        }
        for name in ["", "x", "_postrider._udp.local.", "+123456789abcdef._postrider._udp.local."] {
            assert_eq!(whose(name), None, "{name}");
        }
    }
}
