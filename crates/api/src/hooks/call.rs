//! One call of a hook: whom it may reach, and how it is signed.

use super::https::Https;
use crate::limits::HOOK_WITHIN;
use axum::body::Bytes;
use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::{BodyExt, Full, Limited};
use hyper::Uri;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use rustls::pki_types::ServerName;
use sha2::Sha256;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// Bytes of an answer that are read, so that the other side can end in order.
const ANSWER_BYTES_MAX: usize = 16 * 1_024;

/// Which addresses may be called.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    /// Beside those of the internet.
    pub(crate) networks: Vec<IpNet>,
    pub(crate) https: Https,
}

/// Why an address is not called.
#[derive(Debug)]
pub(crate) enum NotReached {
    /// The settings do not allow it.
    Refused(String),
    /// It is none.
    Unfit(String),
    /// It leads nowhere at the moment.
    Unknown(String),
}

/// What is told.
pub(crate) struct Call<'a> {
    /// The same whenever this is told again.
    pub(crate) id: String,
    pub(crate) at_s: i64,
    pub(crate) body: Vec<u8>,
    pub(crate) secret: &'a [u8],
}

/// Where a hook's address leads.
struct Target {
    uri: Uri,
    host: String,
    /// Whose certificate it has to show, where it is called by HTTPS.
    tls: Option<ServerName<'static>>,
    socket: SocketAddr,
}

impl Reach {
    /// Whether an address can be called as far as that is known without calling it.
    pub(crate) async fn check(&self, address: &str) -> Result<(), NotReached> {
        match self.target(address).await {
            // It may be found when it is called.
            Ok(_) | Err(NotReached::Unknown(_)) => Ok(()),
            Err(why) => Err(why),
        }
    }

    /// Looked up each time: a name may lead elsewhere by now, to where it must not lead.
    async fn target(&self, address: &str) -> Result<Target, NotReached> {
        let unfit = |why: &str| NotReached::Unfit(why.to_owned());
        let uri: Uri = address
            .parse()
            .map_err(|why| NotReached::Unfit(format!("{address:?} is no address: {why}")))?;
        let default_port = match uri.scheme_str() {
            Some("http") => 80,
            Some("https") => 443,
            _ => return Err(unfit("a hook's address is http://HOST[:PORT]/… or https://…")),
        };
        let authority = uri.authority().ok_or_else(|| unfit("a hook's address has a host"))?;
        if authority.as_str().contains('@') {
            return Err(unfit("a hook's address has no user name in it"));
        }
        let (host, port) = (authority.host(), authority.port_u16().unwrap_or(default_port));
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let tls = match default_port {
            443 => {
                Some(ServerName::try_from(bare.to_owned()).map_err(|why| unfit(&why.to_string()))?)
            }
            _ => None,
        };
        let found = tokio::net::lookup_host((bare, port)).await;
        let found =
            found.map_err(|why| NotReached::Unknown(format!("{bare} cannot be found: {why}")))?;
        let (allowed, refused): (Vec<_>, Vec<_>) =
            found.partition(|socket| self.allows(socket.ip()));
        match (allowed.first(), refused.first()) {
            // A name that leads to both is not to be trusted.
            (Some(socket), None) => {
                let (host, socket) = (authority.to_string(), *socket);
                Ok(Target { uri, host, tls, socket })
            }
            (_, Some(refused)) => Err(NotReached::Refused(format!(
                "{} is an address of this machine or of a local network: the server's operator \
                 has to allow that with `hooks` in the part [web] of its settings",
                refused.ip()
            ))),
            (None, None) => Err(NotReached::Unknown(format!("{bare} has no address"))),
        }
    }

    fn allows(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.networks.iter().any(|network| network.contains(&ip)) || is_of_the_internet(ip)
    }

    /// Tells it. Whatever is not answered with 2xx has to be told again.
    pub(crate) async fn call(&self, address: &str, call: Call<'_>) -> Result<(), String> {
        let told = tokio::time::timeout(HOOK_WITHIN, self.tell(address, call)).await;
        told.unwrap_or_else(|_| Err("it has not answered in time".to_owned()))
    }

    async fn tell(&self, address: &str, call: Call<'_>) -> Result<(), String> {
        let target = self.target(address).await.map_err(|why| match why {
            NotReached::Refused(why) | NotReached::Unfit(why) | NotReached::Unknown(why) => why,
        })?;
        let stream = TcpStream::connect(target.socket).await;
        let stream = stream.map_err(|why| format!("it cannot be reached: {why}"))?;
        match target.tls.clone() {
            None => say(stream, target, call).await,
            Some(name) => say(self.https.agree(name, stream).await?, target, call).await,
        }
    }
}

/// Says it on a connection, and hears the answer.
async fn say<S>(stream: S, target: Target, call: Call<'_>) -> Result<(), String>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let broken = |why: hyper::Error| format!("it has not answered: {why}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let path = target.uri.path_and_query().map_or("/", |path| path.as_str());
    let request = hyper::Request::post(path)
        .header(HOST, target.host)
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-id", &call.id)
        .header("webhook-timestamp", call.at_s)
        .header("webhook-signature", call.signature())
        .body(Full::new(Bytes::from(call.body)))
        .map_err(|why| why.to_string())?;
    let answered = async {
        let answer = sender.send_request(request).await.map_err(broken)?;
        let status = answer.status();
        // What it says beside the status is not of interest, and may be endless.
        let _ = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
        match status.is_success() {
            true => Ok(()),
            false => Err(format!("it has answered {status}")),
        }
    };
    tokio::pin!(answered);
    tokio::select! {
        biased;
        answered = &mut answered => answered,
        ended = connection => match ended {
            // The answer may be there although the connection has ended.
            Ok(()) => answered.await,
            Err(why) => Err(broken(why)),
        },
    }
}

impl Call<'_> {
    fn signature(&self) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.secret) else {
            return String::new();
        };
        mac.update(format!("{}.{}.", self.id, self.at_s).as_bytes());
        mac.update(&self.body);
        format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes()))
    }
}

/// Not of this machine, of a local network, or of none.
fn is_of_the_internet(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_of_the_internet_v4(ip),
        IpAddr::V6(ip) => is_of_the_internet_v6(ip),
    }
}

fn is_of_the_internet_v4(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    let is_shared = a == 100 && (64..128).contains(&b);
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || is_shared
        || a == 0
        || a >= 224)
}

/// Global unicast alone, without the prefixes that embed an IPv4 address.
fn is_of_the_internet_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    let embeds = first == 0x2002 || (first, second) == (0x2001, 0);
    first & 0xe000 == 0x2000 && !embeds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_addresses_are_reached_only_where_the_settings_say_so() {
        let mut reach = Reach::default();
        let local = [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.7.9",
            "172.16.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "2002:7f00:1::",
            "64:ff9b::7f00:1",
        ];
        for local in local {
            assert!(!reach.allows(local.parse().unwrap()), "{local}");
        }
        assert!(reach.allows("192.0.1.1".parse().unwrap()));
        assert!(reach.allows("2a00:1450::1".parse().unwrap()));
        reach.networks = vec!["192.168.7.0/24".parse().unwrap()];
        assert!(reach.allows("192.168.7.9".parse().unwrap()));
        assert!(reach.allows("::ffff:192.168.7.9".parse().unwrap()));
        assert!(!reach.allows("192.168.8.9".parse().unwrap()));
    }

    #[tokio::test]
    async fn what_is_no_address_of_a_hook_is_refused_with_the_reason() {
        let reach = Reach::default();
        for (address, why) in [
            ("ftp://192.0.1.1/", "http://"),
            ("https://192.168.1.1/", "local network"),
            ("http://user@192.0.1.1/", "user name"),
            ("http://127.0.0.1:9/", "local network"),
            ("http://localhost:9/", "local network"),
            ("/path", "http://"),
            ("", ""),
        ] {
            let refused = format!("{:?}", reach.check(address).await.unwrap_err());
            assert!(refused.contains(why), "{address}: {refused}");
        }
    }

    /// The example of the specification at <https://www.standardwebhooks.com>.
    #[test]
    fn a_call_is_signed_as_the_specification_shows() {
        let secret = Base64::decode_vec("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let call = Call {
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned(),
            at_s: 1_614_265_330,
            body: b"{\"test\": 2432232314}".to_vec(),
            secret: &secret,
        };
        assert_eq!(call.signature(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
