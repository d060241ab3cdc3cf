//! The page, the API and hooks by HTTPS, with certificate files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Asks, Ended, Mesh, Python, Running};

/// Answers each call by HTTPS, and says what it was told.
const HOOK: &str = r#"
import http.server, ssl, sys
class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.rfile.read(int(self.headers["content-length"])).decode(), flush=True)
        self.send_response(204)
        self.end_headers()
    def log_message(self, *what):
        print(*what, file=sys.stderr)
server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
print("at", server.server_port, flush=True)
server.serve_forever()
"#;

/// A certificate for this machine's names, and its key.
struct Certificate {
    file: PathBuf,
    key: PathBuf,
}

impl Certificate {
    fn new(mesh: &Mesh, name: &str) -> Certificate {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let of = |ending: &str| mesh.data(1).with_file_name(format!("{name}.{ending}"));
        let all = Certificate { file: of("pem"), key: of("key") };
        fs::write(&all.file, made.cert.pem()).unwrap();
        fs::write(&all.key, made.signing_key.serialize_pem()).unwrap();
        all
    }

    /// The settings' file of a server that shows it.
    fn settings(&self) -> PathBuf {
        let file = self.file.with_extension("toml");
        let (certificate, key) = (self.file.display(), self.key.display());
        let written = format!(
            "[web]\ncertificate = {certificate:?}\nkey = {key:?}\nhooks = [\"127.0.0.0/8\"]\n",
            certificate = certificate.to_string(),
            key = key.to_string(),
        );
        fs::write(&file, written).unwrap();
        file
    }
}

fn serve(mesh: &Mesh, settings: &Path, trusts: &Path) -> (Running, String) {
    let mut command = mesh.command(1);
    command.env("SSL_CERT_FILE", trusts).args(["--web", "127.0.0.1:0", "--config"]).arg(settings);
    let server = Running::start(&mut command);
    let port = server.said(|out| {
        let (_, rest) = out.split_once("its page is at https://127.0.0.1:")?;
        Some(rest.split_once('\n')?.0.to_owned())
    });
    (server, port)
}

fn curl(words: &[&str]) -> Ended {
    Running::to_end(
        Command::new("curl").args(["--silent", "--show-error", "--max-time", "30"]).args(words),
    )
}

#[test]
fn the_page_comes_by_https_and_plain_http_is_shown_the_way() {
    let mesh = Mesh::apart(1);
    let shown = Certificate::new(&mesh, "shown");
    let trusted = shown.file.to_str().unwrap();
    let (_server, port) = serve(&mesh, &shown.settings(), &shown.file);

    let page = curl(&["--cacert", trusted, &format!("https://localhost:{port}/")]).well();
    assert!(page.contains("<title>postrider"), "{page}");
    let upgrade = [
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    let mut link = Command::new("curl");
    link.args(["--silent", "--no-buffer", "--include", "--http1.1", "--cacert", trusted]);
    link.args(upgrade.iter().flat_map(|head| ["--header", head]));
    Running::start(link.arg(format!("https://localhost:{port}/v1/link")))
        .says("101 Switching Protocols");

    let plain = format!("http://localhost:{port}/network?x=1");
    let shown_way = curl(&["--write-out", "%{http_code} %{redirect_url}", &plain]).well();
    assert_eq!(shown_way, format!("308 https://localhost:{port}/network?x=1"));
    let stranger =
        ["--header", "Host: evil.example", "--write-out", "%{http_code}", "--output", "/dev/null"];
    assert_eq!(curl(&[&stranger[..], &[&plain]].concat()).well(), "421");
}

#[test]
fn a_hook_is_told_by_https_where_its_certificate_is_trusted_and_not_otherwise() {
    let Some(python) = Python::find() else { return };
    let mesh = Mesh::apart(1);
    let (shown, other) = (Certificate::new(&mesh, "shown"), Certificate::new(&mesh, "other"));
    let (_server, port) = serve(&mesh, &shown.settings(), &shown.file);
    let begin = |certificate: &Certificate| {
        let mut hook = python.command();
        hook.args(["-c", HOOK]).arg(&certificate.file).arg(&certificate.key);
        let hook = Running::start(&mut hook);
        let port = hook.said(|out| Some(out.split_once("at ")?.1.split_once('\n')?.0.to_owned()));
        (hook, format!("https://localhost:{port}/"))
    };
    let web = "127.0.0.1:1".parse().unwrap();
    let key =
        Asks::with_new_key(&mesh, 1, web, &["--application", "pumps", "--number", "5550000001"])
            .key;
    let (trusted, bearer) = (shown.file.to_str().unwrap(), format!("Authorization: Bearer {key}"));
    let ask = |method: &str, path: &str, body: &str| {
        let address = format!("https://localhost:{port}{path}");
        let asked = ["--cacert", trusted, "--header", &bearer, "--request", method, "--data", body];
        let json = ["--header", "Content-Type: application/json", &address];
        curl(&[&asked[..], &json].concat()).well()
    };

    let (untrusted, address) = begin(&other);
    ask("PUT", "/v1/hook", &json!({ "address": address }).to_string());
    let text = json!({ "to": "5550000001", "text": "to myself" }).to_string();
    ask("POST", "/v1/texts", &text);
    support::eventually("the trouble is told", || {
        ask("GET", "/v1/hook", "").contains("no HTTPS was agreed on").then_some(())
    });
    assert!(!untrusted.says("at ").contains("to myself"));

    let (hook, address) = begin(&shown);
    ask("PUT", "/v1/hook", &json!({ "address": address }).to_string());
    ask("POST", "/v1/texts", &text.replace("to myself", "by HTTPS"));
    hook.says("by HTTPS");
}
