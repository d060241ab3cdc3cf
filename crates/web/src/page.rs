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

/// How a browser is to keep what has its version in its path, and what has not.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_EACH_TIME: &str = "no-cache";

/// What stands in the worker for where its files are.
const PREFIX: &str = "const PREFIX = './';";

/// The files, compressed where that makes them shorter. What documents load is at
/// `/v/VERSION/` as well, where a browser keeps it: on a slow link each file that is only asked
/// for takes its round trip.
pub(crate) struct Page {
    files: BTreeMap<&'static str, File>,
    /// `v/VERSION/`, which changes with any of the files.
    versioned: String,
}

struct File {
    kind: &'static str,
    /// Whether a browser begins with it: a document, or the worker. What these load is under their
    /// policy.
    is_root: bool,
    plain: Bytes,
    compressed: Option<Bytes>,
    /// Changes with the bytes, so that a browser asks for what is new alone.
    tag: HeaderValue,
}

impl Page {
    pub(crate) fn new() -> Page {
        let versioned = format!("v/{}/", hash(&FILES));
        let file = |(path, kind, bytes): &(&'static str, &'static str, &'static [u8])| {
            let is_root = path.ends_with(".html") || *path == "sw.js";
            let bytes = match std::str::from_utf8(bytes) {
                Ok(text) if is_root => Bytes::from(with_versions(text, &versioned)),
                _ => Bytes::from_static(bytes),
            };
            (*path, File::new(kind, is_root, bytes))
        };
        Page { files: FILES.iter().map(file).collect(), versioned }
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
        let (path, keep) = match path.strip_prefix(&self.versioned) {
            Some(path) => (path, FOR_EVER),
            // A document of before a server was replaced may load something yet.
            None => (of_any_version(path), ASK_EACH_TIME),
        };
        let file = self.files.get(path)?;
        let keep = if file.is_root { ASK_EACH_TIME } else { keep };
        Some(with_policy(file.respond(headers, keep), file.is_root))
    }
}

impl File {
    fn new(kind: &'static str, is_root: bool, plain: Bytes) -> File {
        let compressed = gzip(&plain).filter(|compressed| compressed.len() < plain.len());
        let tag = format!("\"{}\"", hash(&plain));
        let tag = HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""));
        File { kind, is_root, plain, compressed: compressed.map(Bytes::from), tag }
    }

    fn respond(&self, headers: &HeaderMap, keep: &'static str) -> Response {
        let known = [
            (header::ETAG, self.tag.clone()),
            (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
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

fn hash(what: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// A document or the worker, with what it loads where browsers keep it.
fn with_versions(text: &str, versioned: &str) -> String {
    let loaded = FILES.iter().filter(|(path, ..)| path.ends_with(".js") || path.ends_with(".css"));
    let mut text = text.replace(PREFIX, &format!("const PREFIX = './{versioned}';"));
    for (path, ..) in loaded {
        for name in ["href", "src"] {
            let [bare, put] = ["", versioned].map(|at| format!("{name}=\"{at}{path}\""));
            text = text.replace(&bare, &put);
        }
    }
    text
}

/// Without the version, whichever it is.
fn of_any_version(path: &str) -> &str {
    let after = path.strip_prefix("v/").and_then(|path| path.split_once('/'));
    after.map_or(path, |(_, path)| path)
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

fn with_policy(mut response: Response, is_root: bool) -> Response {
    let headers = response.headers_mut();
    if is_root {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
    for (name, value) in [
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
        let is_other = |path: &str| {
            path.starts_with("network") || path.starts_with("replay") || path.ends_with(".txt")
        };
        let of_texting = page.files.iter().filter(|(path, _)| !is_other(path));
        let bytes: usize = of_texting.map(|(_, file)| short(file)).sum();
        assert!(bytes < 150_000, "{bytes} bytes");
    }

    #[test]
    fn what_a_document_loads_is_kept_by_browsers_until_it_changes() {
        let page = Page::new();
        let get = |path: &str| page.get(path, &HeaderMap::new()).unwrap();
        let cached = |path: &str| get(path).headers()[header::CACHE_CONTROL].clone();
        for document in ["index.html", "network.html", "sw.js"] {
            assert_eq!(cached(document), ASK_EACH_TIME);
            assert!(get(document).headers().contains_key(header::CONTENT_SECURITY_POLICY));
            let plain = page.files[document].plain.clone();
            let text = std::str::from_utf8(&plain).unwrap();
            assert!(text.contains(&page.versioned), "{text}");
            for script in text.split("src=\"").skip(1) {
                assert!(script.starts_with(&page.versioned), "{script}");
            }
        }
        let versioned = format!("/{}app.js", page.versioned);
        assert_eq!(
            (cached(&versioned), cached("/app.js")),
            (FOR_EVER.parse().unwrap(), ASK_EACH_TIME.parse().unwrap())
        );
        assert_eq!(cached("/v/0123/app.js"), ASK_EACH_TIME, "of another version");
        assert!(page.get("/v/0123/nothing.js", &HeaderMap::new()).is_none());
        assert!(!get(&versioned).headers().contains_key(header::CONTENT_SECURITY_POLICY));
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
