//! TLS by certificate files, for whoever listens by TCP.
//!
//! The files are looked at again every minute at the most, as connections come: a certificate
//! that was renewed is taken without a restart, and one that cannot be used leaves the one that
//! is there in use.

use crate::limits::{CERTIFICATE_LOOK_EVERY, HEAD_WITHIN};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Where a certificate and its key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate and those that lead to a known one, in PEM, its own first.
    pub certificate: PathBuf,
    /// Its secret key, in PEM: PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}: {why}", file.display())]
    File {
        /// Which one.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// The two do not go together, or are of a kind that is not known.
    #[error("{} and {} cannot be used: {why}", files.certificate.display(), files.key.display())]
    Unfit {
        /// Which two.
        files: CertificateFiles,
        /// Why.
        why: String,
    },
}

/// Takes connections by TLS 1.2 or 1.3.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

/// The files, and what was last read from them.
struct Renewed {
    files: CertificateFiles,
    now: Mutex<Read>,
}

struct Read {
    certified: Arc<CertifiedKey>,
    of: Changed,
    looked_at: Instant,
}

/// When the two files were changed.
type Changed = [Option<SystemTime>; 2];

impl Tls {
    /// Reads both files; an error says which of them cannot be used, and why.
    pub fn from_files(files: CertificateFiles) -> Result<Tls, TlsError> {
        let of = changed(&files);
        let certified = Arc::new(read(&files)?);
        let now = Mutex::new(Read { certified, of, looked_at: Instant::now() });
        let unfit = |why: rustls::Error| unfit(&files, &why);
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unfit)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Renewed { files, now }));
        Ok(Tls(TlsAcceptor::from(Arc::new(config))))
    }

    /// Agrees on keys with who has connected, within the time that a request's head has.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        tokio::time::timeout(HEAD_WITHIN, self.0.accept(stream)).await?
    }
}

impl std::fmt::Debug for Renewed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renewed").field("files", &self.files).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Renewed {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut now = self.now();
        if now.looked_at.elapsed() >= CERTIFICATE_LOOK_EVERY {
            now.looked_at = Instant::now();
            self.look_again(&mut now);
        }
        Some(now.certified.clone())
    }
}

impl Renewed {
    fn now(&self) -> MutexGuard<'_, Read> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look_again(&self, now: &mut Read) {
        let of = changed(&self.files);
        if of == now.of {
            return;
        }
        now.of = of;
        match read(&self.files) {
            Ok(certified) => {
                now.certified = Arc::new(certified);
                tracing::info!(certificate = %self.files.certificate.display(), "it was renewed");
            }
            Err(error) => tracing::warn!(%error, "the certificate before it stays in use"),
        }
    }
}

fn changed(files: &CertificateFiles) -> Changed {
    let changed = |file: &Path| fs::metadata(file).and_then(|of| of.modified()).ok();
    [changed(&files.certificate), changed(&files.key)]
}

fn read(files: &CertificateFiles) -> Result<CertifiedKey, TlsError> {
    let unread = |file: &Path, why: String| TlsError::File { file: file.to_owned(), why };
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(&files.certificate).and_then(Iterator::collect);
    let chain = chain.map_err(|why| unread(&files.certificate, words(&why)))?;
    if chain.is_empty() {
        return Err(unread(&files.certificate, "there is no certificate in it".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key);
    let key = key.map_err(|why| unread(&files.key, words(&why)))?;
    CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|why| unfit(files, &why))
}

fn words(why: &rustls::pki_types::pem::Error) -> String {
    use rustls::pki_types::pem::Error;
    match why {
        Error::Io(why) => why.to_string(),
        Error::NoItemsFound => "nothing of the kind is in it; it has to be PEM".to_owned(),
        why => format!("it is not whole: {why:?}"),
    }
}

fn unfit(files: &CertificateFiles, why: &rustls::Error) -> TlsError {
    let why = match why {
        rustls::Error::InconsistentKeys(_) => "the key is another certificate's".to_owned(),
        why => why.to_string(),
    };
    TlsError::Unfit { files: files.clone(), why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertifiedKey, generate_simple_self_signed};
    use std::time::Duration;
    use tempfile::{TempDir, tempdir};

    fn written(folder: &TempDir, name: &str) -> CertificateFiles {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed([name.to_owned()]).unwrap();
        let file = |ending: &str| folder.path().join(format!("{name}.{ending}"));
        let files = CertificateFiles { certificate: file("pem"), key: file("key") };
        fs::write(&files.certificate, cert.pem()).unwrap();
        fs::write(&files.key, signing_key.serialize_pem()).unwrap();
        files
    }

    fn fails(files: CertificateFiles) -> String {
        Tls::from_files(files).err().unwrap().to_string()
    }

    #[test]
    fn files_that_cannot_be_used_are_refused_by_name_and_with_the_reason() {
        let folder = tempdir().unwrap();
        let (one, other) = (written(&folder, "one"), written(&folder, "other"));
        assert!(Tls::from_files(one.clone()).is_ok());
        let mixed = CertificateFiles { key: other.key, ..one.clone() };
        assert!(fails(mixed).contains("the key is another certificate's"));
        let turned = CertificateFiles { certificate: one.key.clone(), ..one.clone() };
        assert!(fails(turned).contains("no certificate in it"));
        let turned = CertificateFiles { key: one.certificate.clone(), ..one.clone() };
        assert!(fails(turned).contains("one.pem: nothing of the kind"));
        let missing = CertificateFiles { key: folder.path().join("none"), ..one };
        assert!(fails(missing).contains("none: No such file"));
    }

    #[test]
    fn a_renewed_certificate_is_taken_and_a_broken_one_is_not() {
        let folder = tempdir().unwrap();
        let files = written(&folder, "one");
        let first = Arc::new(read(&files).unwrap());
        let read_before =
            Read { certified: first.clone(), of: [None; 2], looked_at: Instant::now() };
        let renewed = Renewed { files: files.clone(), now: Mutex::new(read_before) };

        fs::write(&files.key, "no key").unwrap();
        renewed.look_again(&mut renewed.now());
        assert_eq!(renewed.now().certified.cert, first.cert);

        written(&folder, "one");
        let later = SystemTime::now() + Duration::from_secs(1);
        fs::File::open(&files.key).unwrap().set_modified(later).unwrap();
        renewed.look_again(&mut renewed.now());
        assert_ne!(renewed.now().certified.cert, first.cert);
    }
}
