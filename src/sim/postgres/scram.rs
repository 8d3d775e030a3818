//! SCRAM-SHA-256 from the server's side. In: a verifier and the client's messages. Out: the server's messages, and whether the
//! client knows the password.
//!
//! Sources: RFC 5802 and RFC 7677; PostgreSQL documentation, "SASL Authentication" and `pg_authid` for the verifier's form. A
//! verifier does not tell the password.

use std::num::NonZeroU32;

use aws_smithy_types::base64;
use ring::rand::SecureRandom;
use ring::{digest, hmac, pbkdf2};

use super::error::SqlError;

/// The mechanism's name.
pub(crate) const MECHANISM: &str = "SCRAM-SHA-256";
/// As `scram_iterations` is by default.
const ITERATIONS: NonZeroU32 = match NonZeroU32::new(4096) {
    Some(iterations) => iterations,
    None => NonZeroU32::MIN,
};

/// What `pg_authid.rolpassword` holds for a password.
pub(crate) fn verifier(password: &str, salt: &[u8]) -> String {
    let mut salted = [0; 32];
    let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
    pbkdf2::derive(
        algorithm,
        ITERATIONS,
        salt,
        password.as_bytes(),
        &mut salted,
    );
    let stored_key = digest::digest(&digest::SHA256, &signed(&salted, b"Client Key"));
    let server_key = signed(&salted, b"Server Key");
    format!(
        "{MECHANISM}${ITERATIONS}:{}${}:{}",
        base64::encode(salt),
        base64::encode(stored_key),
        base64::encode(server_key)
    )
}

fn signed(key: &[u8], text: &[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text).as_ref().to_vec()
}

/// Bytes that nobody can foresee.
pub(crate) fn random<const LENGTH: usize>() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    // Should the system have none, the nonce is known, which only weakens a simulator.
    let _ = ring::rand::SystemRandom::new().fill(&mut bytes);
    bytes
}

/// A conversation after its first message.
pub(crate) struct Exchange {
    stored_key: Vec<u8>,
    server_key: Vec<u8>,
    /// The client's channel binding, as its last message must repeat it.
    header: String,
    nonce: String,
    /// What both sides sign, without the client's last message.
    signed: String,
}

impl Exchange {
    /// Answers the client's first message.
    pub(crate) fn begin(verifier: &str, message: &str) -> Result<(Self, String), SqlError> {
        let malformed = || SqlError::protocol("malformed SCRAM message");
        let (salt, stored_key, server_key) = parts(verifier).ok_or_else(malformed)?;
        let mut fields = message.splitn(3, ',');
        let binding = fields.next().ok_or_else(malformed)?;
        let identity = fields.next().ok_or_else(malformed)?;
        let bare = fields.next().ok_or_else(malformed)?;
        if !["n", "y"].contains(&binding) {
            return Err(SqlError::protocol(
                "the client selected a SCRAM channel binding that the server does not support",
            ));
        }
        let client_nonce = bare
            .split(',')
            .find_map(|field| field.strip_prefix("r="))
            .filter(|nonce| !nonce.is_empty())
            .ok_or_else(malformed)?;
        let nonce = format!("{client_nonce}{}", base64::encode(random::<18>()));
        let first = format!("r={nonce},s={salt},i={ITERATIONS}");
        let exchange = Self {
            stored_key,
            server_key,
            header: base64::encode(format!("{binding},{identity},")),
            signed: format!("{bare},{first}"),
            nonce,
        };
        Ok((exchange, first))
    }

    /// Answers the client's last message; none when the password is wrong.
    pub(crate) fn finish(self, message: &str) -> Result<Option<String>, SqlError> {
        let Self {
            stored_key,
            server_key,
            header,
            nonce,
            signed: text,
        } = self;
        let malformed = || SqlError::protocol("malformed SCRAM message");
        let (without_proof, proof) = message.rsplit_once(",p=").ok_or_else(malformed)?;
        let mut fields = without_proof.split(',');
        if fields.next() != Some(&format!("c={header}"))
            || fields.next() != Some(&format!("r={nonce}"))
        {
            return Err(malformed());
        }
        let proof = base64::decode(proof).map_err(|_| malformed())?;
        let text = format!("{text},{without_proof}");
        let signature = signed(&stored_key, text.as_bytes());
        if proof.len() != signature.len() {
            return Err(malformed());
        }
        let client_key: Vec<u8> = proof
            .iter()
            .zip(&signature)
            .map(|(left, right)| left ^ right)
            .collect();
        if digest::digest(&digest::SHA256, &client_key).as_ref() != stored_key {
            return Ok(None);
        }
        let answer = signed(&server_key, text.as_bytes());
        Ok(Some(format!("v={}", base64::encode(answer))))
    }
}

/// Salt (in base64), stored key and server key.
fn parts(verifier: &str) -> Option<(String, Vec<u8>, Vec<u8>)> {
    let rest = verifier.strip_prefix(MECHANISM)?.strip_prefix('$')?;
    let (settings, keys) = rest.split_once('$')?;
    let (_, salt) = settings.split_once(':')?;
    let (stored, server) = keys.split_once(':')?;
    Some((
        salt.to_owned(),
        base64::decode(stored).ok()?,
        base64::decode(server).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_verifier_is_what_postgresql_keeps() {
        // As PostgreSQL 15 stores the password `pencil` with this salt.
        let salt = base64::decode("9zGoQxtlvxDRM01zV+3ddQ==").unwrap();
        assert_eq!(
            verifier("pencil", &salt),
            "SCRAM-SHA-256$4096:9zGoQxtlvxDRM01zV+3ddQ==$nM9G6vDtinewS/nOExxlCDRPPtRZPBN1w81nJsZJq44=:m7Y545jQ/7TdjcpnZGcq1ihDpik6uooAR01ojufEckQ="
        );
    }

    #[test]
    fn broken_messages_are_protocol_errors() {
        let verifier = verifier("pencil", b"salt");
        for message in [
            "",
            "n",
            "n,",
            "n,,",
            "n,,r=",
            "p=tls-unique,,r=a",
            "x,,n=,r=a",
        ] {
            assert!(Exchange::begin(&verifier, message).is_err(), "{message}");
        }
        for message in ["", "c=biws", "c=biws,r=other,p=AAAA", "p=%%%"] {
            let (exchange, _) = Exchange::begin(&verifier, "n,,n=,r=abc").unwrap();
            assert!(exchange.finish(message).is_err(), "{message}");
        }
        let (exchange, first) = Exchange::begin(&verifier, "n,,n=,r=abc").unwrap();
        let nonce = first.split(',').next().unwrap();
        let wrong = format!("c=biws,{nonce},p={}", base64::encode([0; 32]));
        assert_eq!(exchange.finish(&wrong).unwrap(), None);
    }
}
