//! The page's files, which are part of the program.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;

/// Path, type and bytes of each.
const FILES: &[(&str, &str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// A page may only do what its own files say, and show nothing of elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self' data:; connect-src 'self'; manifest-src 'self'; \
                      worker-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// The files, compressed where that makes them shorter.
pub(crate) struct Page {
    files: BTreeMap<&'static str, File>,
}

struct File {
    kind: &'static str,
    plain: Bytes,
    compressed: Option<Bytes>,
    /// Changes with the bytes, so that a browser asks for what is new alone.
    tag: HeaderValue,
}

impl Page {
    pub(crate) fn new() -> Page {
        let file = |(path, kind, bytes): &(&'static str, &'static str, &'static [u8])| {
            (*path, File::new(kind, bytes))
        };
        Page { files: FILES.iter().map(file).collect() }
    }

    /// The file at this path, `/` for the first, `/network` for the operators' one, `/replay` for
    /// that of simulated worlds; none where there is no such.
    pub(crate) fn get(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let path = match path.trim_start_matches('/') {
            "" => "index.html",
            "network" => "network.html",
            "replay" => "replay.html",
            path => path,
        };
        let file = self.files.get(path)?;
        Some(with_policy(file.respond(headers)))
    }
}

impl File {
    fn new(kind: &'static str, bytes: &'static [u8]) -> File {
        let compressed = gzip(bytes).filter(|compressed| compressed.len() < bytes.len());
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let tag = format!("\"{:016x}\"", hasher.finish());
        let tag = HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""));
        let plain = Bytes::from_static(bytes);
        File { kind, plain, compressed: compressed.map(Bytes::from), tag }
    }

    fn respond(&self, headers: &HeaderMap) -> Response {
        let known = [
            (header::ETAG, self.tag.clone()),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (header::VARY, HeaderValue::from_static("accept-encoding")),
        ];
        if headers.get(header::IF_NONE_MATCH) == Some(&self.tag) {
            return (StatusCode::NOT_MODIFIED, known).into_response();
        }
        let kind = [(header::CONTENT_TYPE, self.kind)];
        match self.compressed.as_ref().filter(|_| takes_gzip(headers)) {
            Some(bytes) => {
                let coding = [(header::CONTENT_ENCODING, "gzip")];
                (known, kind, coding, bytes.clone()).into_response()
            }
            None => (known, kind, self.plain.clone()).into_response(),
        }
    }
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let takes = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    takes.is_some_and(|takes| takes.split(',').any(|one| one.trim().starts_with("gzip")))
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

fn with_policy(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_page_is_short_and_comes_once() {
        let page = Page::new();
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("br, gzip"));
        let first = page.get("/", &headers).unwrap();
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(first.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert!(first.headers().contains_key(header::CONTENT_SECURITY_POLICY));
        headers.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
        assert_eq!(page.get("/", &headers).unwrap().status(), StatusCode::NOT_MODIFIED);
        let short = |file: &File| file.compressed.as_ref().map_or(file.plain.len(), Bytes::len);
        let of_texting = page.files.iter().filter(|(path, _)| !path.starts_with("network"));
        let bytes: usize = of_texting.map(|(_, file)| short(file)).sum();
        assert!(bytes < 150_000, "{bytes} bytes");
    }

    #[test]
    fn operators_have_a_page_of_their_own() {
        let page = Page::new();
        let network = page.get("/network", &HeaderMap::new()).unwrap();
        assert_eq!(network.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        let tags = ["/network", "/network.html", "/"]
            .map(|path| page.get(path, &HeaderMap::new()).unwrap().headers()[header::ETAG].clone());
        assert_eq!(tags[0], tags[1]);
        assert_ne!(tags[0], tags[2]);
    }

    #[test]
    fn what_is_not_there_is_not_there() {
        let page = Page::new();
        for path in ["/nothing", "/../Cargo.toml", "//", "/package.json", "/tests/x.js"] {
            let found = page.get(path, &HeaderMap::new());
            assert!(found.is_none() || path == "//", "{path}");
        }
    }
}
