//! Encryption: which authorities are believed, and how much of a certificate is looked at.
//!
//! Goes in: a mode and a file of authorities. Comes out: settings of rustls, and words for what a handshake failed at. An
//! authority whose own time is over is not believed, as PostgreSQL's clients do not; rustls by itself does not look.

use super::error::{Error, Kind, chain};
use crate::observed::sql::Endpoint;
use std::error::Error as StandardError;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    self, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

/// How much of TLS is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// None.
    None,
    /// Encryption; whoever answers is believed.
    Unverified,
    /// A certificate of a known authority, whatever it names.
    Authority,
    /// A certificate of a known authority that names the endpoint.
    AuthorityAndName,
}

/// What a connection is encrypted with.
#[derive(Debug)]
pub struct Tls {
    encryption: Encryption,
    /// The authorities' file; those of the system where it is absent.
    ca_file: Option<PathBuf>,
    prepared: OnceLock<Result<(MakeRustls, Vec<String>), Error>>,
}

/// A connector that can be copied; rustls keeps its settings once.
#[derive(Clone)]
pub(super) struct MakeRustls(pub(super) MakeRustlsConnect);

impl std::fmt::Debug for MakeRustls {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("MakeRustls(…)")
    }
}

impl Tls {
    /// Reads nothing yet.
    pub fn new(encryption: Encryption, ca_file: Option<PathBuf>) -> Self {
        Self {
            encryption,
            ca_file,
            prepared: OnceLock::new(),
        }
    }

    /// The connector; `None` without encryption.
    pub(super) fn connector(&self) -> Result<Option<MakeRustls>, Error> {
        if self.encryption == Encryption::None {
            return Ok(None);
        }
        self.prepared
            .get_or_init(|| prepare(self.encryption, self.ca_file.as_deref()))
            .as_ref()
            .map(|(connector, _)| Some(connector.clone()))
            .map_err(Clone::clone)
    }

    /// What a failed handshake failed at, if it was a certificate or the agreement about encryption.
    pub(super) fn explained(
        &self,
        endpoint: &Endpoint,
        certificate_name: &str,
        error: &tokio_postgres::Error,
    ) -> Option<Error> {
        let Some(refusal) = certificate_refusal(error) else {
            // tokio-postgres has no other word for a server without encryption.
            let words = chain(error);
            return words.contains("TLS").then(|| {
                Error::at(Kind::Tls, endpoint, "no encrypted connection").caused_by(Words(words))
            });
        };
        let failed = |what: String| Error::at(Kind::Tls, endpoint, &what);
        Some(match refusal {
            CertificateError::UnknownIssuer => {
                let error = failed("the server's certificate is of no known authority".to_owned());
                let expired = self.expired();
                if expired.is_empty() {
                    error.hinted(format!(
                        "{}; RDS's are in the bundle that AWS publishes for the region (Aurora User Guide, \"Using SSL/TLS\"): name it as `ca_file` in [verify.sql]",
                        self.authorities()
                    ))
                } else {
                    error.hinted(format!(
                        "{}, and of these the time is over: {}; fetch the present bundle that AWS publishes for the region",
                        self.authorities(),
                        expired.join("; ")
                    ))
                }
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => failed(
                "the server's certificate, or the authority that signed it, has expired".to_owned(),
            )
            .caused_by(Words(refusal.to_string()))
            .hinted("Aurora User Guide, \"Rotating your SSL/TLS certificate\"; look at this machine's clock, too"),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                failed("the server's certificate is not valid yet".to_owned())
                    .caused_by(Words(refusal.to_string()))
                    .hinted("look at this machine's clock")
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                failed(format!(
                    "the server's certificate does not name `{certificate_name}`"
                ))
                .caused_by(Words(refusal.to_string()))
                .hinted("behind an address or a tunnel of your own, `certificate_name` says which name the certificate carries; make sure first that the right server answers")
            }
            other => failed("the server's certificate is not good".to_owned())
                .caused_by(Words(other.to_string())),
        })
    }

    fn authorities(&self) -> String {
        match &self.ca_file {
            Some(file) => format!("the authorities believed are those of {}", file.display()),
            None => "the authorities believed are those of this system".to_owned(),
        }
    }

    fn expired(&self) -> Vec<String> {
        match self.prepared.get() {
            Some(Ok((_, expired))) => expired.clone(),
            _ => Vec::new(),
        }
    }
}

fn prepare(
    encryption: Encryption,
    ca_file: Option<&Path>,
) -> Result<(MakeRustls, Vec<String>), Error> {
    let provider = Arc::new(ring::default_provider());
    let unusable = |error: rustls::Error| {
        Error::new(Kind::Credentials, "TLS cannot be set up").caused_by(error)
    };
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let (config, expired) = match encryption {
        Encryption::None | Encryption::Unverified => {
            let verifier = Arc::new(Anybody { provider });
            let builder = builder
                .dangerous()
                .with_custom_certificate_verifier(verifier);
            (builder.with_no_client_auth(), Vec::new())
        }
        Encryption::Authority | Encryption::AuthorityAndName => {
            let (roots, expired) = authorities(ca_file)?;
            let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|error| {
                    Error::new(Kind::Credentials, "the authorities cannot be used").caused_by(error)
                })?;
            let config = if encryption == Encryption::Authority {
                builder
                    .dangerous()
                    .with_custom_certificate_verifier(Arc::new(AnyName { verifier }))
                    .with_no_client_auth()
            } else {
                builder.with_webpki_verifier(verifier).with_no_client_auth()
            };
            (config, expired)
        }
    };
    Ok((MakeRustls(MakeRustlsConnect::new(config)), expired))
}

/// The authorities that are believed now, and those whose time is over.
fn authorities(ca_file: Option<&Path>) -> Result<(RootCertStore, Vec<String>), Error> {
    let (certificates, place) = match ca_file {
        Some(file) => {
            let place = format!("the authorities in {}", file.display());
            let cannot = || Error::new(Kind::Credentials, format!("cannot read {place}"));
            let text = std::fs::read(file).map_err(|error| cannot().caused_by(error))?;
            let certificates = CertificateDer::pem_slice_iter(&text)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| cannot().caused_by(Words(format!("{error:?}"))))?;
            (certificates, place)
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            (found.certs, "this system's authorities".to_owned())
        }
    };
    let mut roots = RootCertStore::empty();
    let mut expired = Vec::new();
    let now = SystemTime::now();
    for certificate in certificates {
        match Certificate::from_der(&certificate) {
            Ok(parsed) if parsed.tbs_certificate.validity.not_after.to_system_time() < now => {
                expired.push(format!(
                    "{} (until {})",
                    parsed.tbs_certificate.subject, parsed.tbs_certificate.validity.not_after
                ));
            }
            _ => {
                // What rustls cannot use as an authority is none.
                let _ = roots.add(certificate);
            }
        }
    }
    if roots.is_empty() {
        let error = Error::new(
            Kind::Credentials,
            format!("{place}: there is none to believe"),
        );
        return Err(if expired.is_empty() {
            error.hinted("`ca_file` in [verify.sql] names a file of certificates (PEM), such as the bundle that AWS publishes for the region")
        } else {
            error.hinted(format!(
                "the time of all is over: {}; fetch the present bundle that AWS publishes for the region",
                expired.join("; ")
            ))
        });
    }
    Ok((roots, expired))
}

/// What rustls had against a certificate, somewhere among the causes.
fn certificate_refusal(error: &tokio_postgres::Error) -> Option<CertificateError> {
    let mut current = error.source();
    while let Some(cause) = current {
        let inner = match cause.downcast_ref::<std::io::Error>() {
            Some(io) => io.get_ref().and_then(|inner| inner.downcast_ref()),
            None => cause.downcast_ref::<rustls::Error>(),
        };
        if let Some(rustls::Error::InvalidCertificate(refusal)) = inner {
            return Some(refusal.clone());
        }
        current = cause.source();
    }
    None
}

/// Believes whoever answers.
#[derive(Debug)]
struct Anybody {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Believes a certificate of a known authority, whatever it names.
#[derive(Debug)]
struct AnyName {
    verifier: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.verifier.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            // The name is looked at last: everything else was found good.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// A cause in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Words(String);
