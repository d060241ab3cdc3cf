//! The addresses, who has them, and who may reach the server there.

use super::finding::Finding;
use crate::page;
use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use postrider_server::Settings;
use postrider_web::Tls;
use std::fs;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpListener};

const ADDRESS: &str = "address";
const PAGE: &str = "page for browsers";
const SMPP: &str = "SMPP";
const CERTIFICATE: &str = "certificate";
const NETWORKS: &str = "networks";
const DISCOVERY: &str = "discovery";

/// Whether the addresses can be had. Where the server that runs with this data folder is at the
/// address already, `running`, that one and its page have them.
pub(super) fn addresses(settings: &Settings, running: Option<SocketAddr>) -> Vec<Finding> {
    let address = settings.address();
    let is_own = running == Some(address);
    let had = |done: io::Result<()>| if is_own { Ok(()) } else { done };
    let udp = had(postrider_server::bind(address).map(drop));
    let mut found = vec![of(ADDRESS, ("UDP", "udp"), address, udp)];
    if let Some(web) = &settings.web {
        let tcp = had(TcpListener::bind(web.listen).map(drop));
        found.push(of(PAGE, ("TCP", "tcp"), web.listen, tcp));
    }
    let smpp = settings.smpp.as_ref();
    let tls = smpp.and_then(|smpp| smpp.tls.as_ref()).map(|(address, ..)| *address);
    for address in smpp.and_then(|smpp| smpp.listen).into_iter().chain(tls) {
        let tcp = had(TcpListener::bind(address).map(drop));
        found.push(of(SMPP, ("TCP", "tcp"), address, tcp));
    }
    found
}

/// Whether the page's certificate can be used.
pub(super) fn certificate(settings: &Settings) -> Option<Finding> {
    let files = page::certificate(settings.web.as_ref()?)?;
    let shown = files.certificate.display().to_string();
    Some(match Tls::from_files(files) {
        Ok(_) => Finding::fine(CERTIFICATE, format!("{shown} can be used")),
        Err(error) => Finding::fault(CERTIFICATE, error.to_string()).but(
            "name a certificate in PEM and its own key, which the server's user may read, or \
             neither: then the page is shown by plain HTTP",
        ),
    })
}

fn of(
    check: &'static str,
    (protocol, table): (&str, &str),
    address: SocketAddr,
    done: io::Result<()>,
) -> Finding {
    let Err(error) = done else {
        return Finding::fine(check, format!("{address} can be had, by {protocol}"));
    };
    let says = format!("{protocol} {address} cannot be had: {error}");
    match error.kind() {
        ErrorKind::AddrInUse => {
            let by = holder(table, address.port());
            let by = by.unwrap_or_else(|| "by a program that cannot be seen from here".to_owned());
            Finding::fault(check, format!("{says}, {by}"))
                .but("stop what listens there, or name another address")
        }
        ErrorKind::AddrNotAvailable => Finding::fault(check, says)
            .but("this machine has no such address now; name one that it has, or 0.0.0.0"),
        ErrorKind::PermissionDenied => {
            Finding::fault(check, says).but("ports below 1024 are for root; name another one")
        }
        _ => Finding::fault(check, says),
    }
}

/// The process that has a port, where it can be seen.
fn holder(table: &str, port: u16) -> Option<String> {
    let inodes: Vec<String> = [table.to_owned(), format!("{table}6")]
        .iter()
        .flat_map(|name| inodes(name, port))
        .collect();
    let links: Vec<String> = inodes.iter().map(|inode| format!("socket:[{inode}]")).collect();
    let processes = fs::read_dir("/proc").ok()?.filter_map(Result::ok);
    let found = processes.map(|process| process.path()).find(|process| {
        let files = fs::read_dir(process.join("fd")).into_iter().flatten().filter_map(Result::ok);
        let mut files = files.filter_map(|file| fs::read_link(file.path()).ok());
        files.any(|file| links.iter().any(|link| file.as_os_str() == link.as_str()))
    })?;
    let name = fs::read_to_string(found.join("comm")).unwrap_or_default();
    Some(format!("by {:?}, process {}", name.trim(), found.file_name()?.to_string_lossy()))
}

/// The sockets that have a port, by the kernel's table.
fn inodes(table: &str, port: u16) -> Vec<String> {
    let written = fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
    let inode = |line: &str| {
        let mut words = line.split_whitespace();
        let (_, found) = words.nth(1)?.rsplit_once(':')?;
        let is_it = u16::from_str_radix(found, 16) == Ok(port);
        is_it.then(|| words.nth(7).map(str::to_owned)).flatten()
    };
    written.lines().skip(1).filter_map(inode).filter(|inode| inode != "0").collect()
}

/// A server on a network's address that answers nobody there is likely a mistake.
pub(super) fn networks(settings: &Settings) -> Finding {
    let (address, networks) = (settings.address(), &settings.networks);
    if address.ip().is_loopback() {
        return Finding::fine(NETWORKS, "only this machine reaches the server");
    }
    if networks.is_empty() {
        let advice = "name their networks with --networks, or `classic.networks`, if there are any";
        return Finding::hint(NETWORKS, "classic clients are answered on loopback only", advice);
    }
    let all: Vec<String> = networks.iter().map(ToString::to_string).collect();
    Finding::fine(NETWORKS, format!("classic clients may be in {}", all.join(", ")))
}

/// Whether the local network can be heard, where the server is to look there.
pub(super) fn discovery(settings: &Settings) -> Option<Finding> {
    settings.trunks.as_ref().filter(|trunks| trunks.discover)?;
    let ip = settings.address().ip();
    let interfaces = match getifaddrs() {
        _ if ip.is_loopback() => return Some(Finding::fine(DISCOVERY, "on this machine alone")),
        Ok(interfaces) => interfaces,
        Err(error) => return Some(Finding::fault(DISCOVERY, error.to_string())),
    };
    let can = InterfaceFlags::IFF_UP | InterfaceFlags::IFF_MULTICAST;
    let usable = interfaces.filter(|one| {
        let has = one.address.and_then(|address| {
            let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
            v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
        });
        let is_meant = has.is_some_and(|has| {
            if ip.is_unspecified() { has.is_ipv4() == ip.is_ipv4() } else { has == ip }
        });
        is_meant && one.flags.contains(can) && !one.flags.contains(InterfaceFlags::IFF_LOOPBACK)
    });
    let names: Vec<String> = usable.map(|one| one.interface_name).collect();
    Some(match names.is_empty() {
        true => {
            Finding::fault(DISCOVERY, format!("no interface can hear the local network at {ip}"))
                .but(
                    "it has to be up and to have an address and multicast; or give peers addresses",
                )
        }
        false => {
            Finding::fine(DISCOVERY, format!("the local network is heard on {}", names.join(", ")))
        }
    })
}
