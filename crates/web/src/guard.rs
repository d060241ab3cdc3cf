//! Which pages a request may come from.
//!
//! A browser sends along what its user's other pages want. So a request counts only under a name
//! that is the server's own (otherwise a page could give its own name the server's address), and
//! what opens a link only from a page of the server.

use crate::problem::Problem;
use axum::http::{HeaderMap, StatusCode, header};
use std::net::IpAddr;

/// Endings of names that no page on the internet has.
const LOCAL_ENDINGS: [&str; 4] = [".local", ".lan", ".home.arpa", ".internal"];

/// Refuses a request under a name that is not the server's. `own` are the names of the settings.
pub(crate) fn check_host(headers: &HeaderMap, own: &[String]) -> Result<(), Problem> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    match is_own(name_of(host), own) {
        true => Ok(()),
        false => Err(Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "this server is not known under that name; use its address, or write the name into \
             `hosts` in the part [web] of its settings",
        )),
    }
}

/// Refuses what another site's page has asked for.
pub(crate) fn check_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let is_from_here = match (text("sec-fetch-site"), text("origin"), text("host")) {
        (Some(site), ..) if site != "same-origin" && site != "none" => false,
        (_, Some(origin), Some(host)) => {
            let origin = origin.strip_prefix("http://").or(origin.strip_prefix("https://"));
            origin.is_some_and(|origin| origin.eq_ignore_ascii_case(host))
        }
        // Not a browser: those always say where a link is opened from.
        (_, None, _) => true,
        _ => false,
    };
    let why = "only this server's own page may do that";
    is_from_here.then_some(()).ok_or_else(|| Problem::new(StatusCode::FORBIDDEN, why))
}

/// Without the port.
fn name_of(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

fn is_own(name: &str, own: &[String]) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name.parse::<IpAddr>().is_ok()
        || name == "localhost"
        || LOCAL_ENDINGS.iter().any(|ending| name.ends_with(ending))
        || own.iter().any(|own| own.eq_ignore_ascii_case(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let parse = |(name, value): &(&'static str, &str)| (*name, value.parse().unwrap());
        all.iter().map(parse).map(|(name, value)| (name.parse().unwrap(), value)).collect()
    }

    #[test]
    fn a_server_answers_to_its_own_names_alone() {
        let own = ["Post.Example".to_owned()];
        for host in [
            "10.0.0.1:10410",
            "[fe80::1]:10410",
            "localhost",
            "camp2.local:10410",
            "post.example",
            "post.example.:80",
        ] {
            assert!(check_host(&headers(&[("host", host)]), &own).is_ok(), "{host}");
        }
        for host in ["evil.example", "10.0.0.1.evil.example", "", "local"] {
            assert!(check_host(&headers(&[("host", host)]), &own).is_err(), "{host}");
        }
        assert!(check_host(&HeaderMap::new(), &own).is_err());
    }

    #[test]
    fn another_sites_page_opens_no_link() {
        let host = ("host", "10.0.0.1:10410");
        let from = |origin: &str| check_origin(&headers(&[host, ("origin", origin)])).is_ok();
        assert!(from("http://10.0.0.1:10410"));
        assert!(from("https://10.0.0.1:10410"));
        assert!(check_origin(&headers(&[host])).is_ok(), "a program");
        for origin in ["http://10.0.0.1", "http://evil.example", "null", "", "10.0.0.1:10410"] {
            assert!(!from(origin), "{origin}");
        }
        for site in ["cross-site", "same-site"] {
            let all = [host, ("origin", "http://10.0.0.1:10410"), ("sec-fetch-site", site)];
            assert!(check_origin(&headers(&all)).is_err(), "{site}");
        }
    }
}
