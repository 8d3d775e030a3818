//! What clients send. In: bytes as they arrive. Out: one message at a time; none while it is not complete.
//!
//! Source: PostgreSQL documentation, "Message Formats" (protocol 3.0). Every length is checked before it is used: a message that
//! is cut short, too long or unknown is a protocol error, never a panic.

use std::collections::BTreeMap;

use bytes::{Buf, BytesMut};

use super::error::SqlError;

/// Longer messages are refused; the longest statement that is understood is far shorter.
const MESSAGE_BYTES_MOST: usize = 1 << 20;
/// As in PostgreSQL.
const STARTUP_BYTES_MOST: usize = 10_000;

const SSL_REQUEST: i32 = 80_877_103;
const GSS_REQUEST: i32 = 80_877_104;
const CANCEL_REQUEST: i32 = 80_877_102;

/// The first message of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum First {
    /// May the connection be encrypted?
    Ssl,
    Gss,
    /// Another session's statement is to stop.
    Cancel {
        process: i32,
        secret: i32,
    },
    Startup {
        minor: u16,
        parameters: BTreeMap<String, String>,
    },
}

/// A message of a running session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// A password or a step of SASL, which share their type.
    Password(Vec<u8>),
    Query(String),
    Parse {
        name: String,
        query: String,
        types: Vec<u32>,
    },
    Bind {
        portal: String,
        statement: String,
        formats: Vec<i16>,
        values: Vec<Option<Vec<u8>>>,
        result_formats: Vec<i16>,
    },
    Describe(Target),
    Close(Target),
    Execute {
        portal: String,
        rows_most: i32,
    },
    Flush,
    Sync,
    Terminate,
    /// Copying was never begun, so these are passed over, as PostgreSQL does.
    Copy,
}

/// What Describe and Close speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Statement(String),
    Portal(String),
}

/// Takes the first message off the buffer.
pub(crate) fn first(buffer: &mut BytesMut) -> Result<Option<First>, SqlError> {
    let Some(mut body) = body(buffer, 0, STARTUP_BYTES_MOST)? else {
        return Ok(None);
    };
    let code = body.integer()?;
    Ok(Some(match code {
        SSL_REQUEST => First::Ssl,
        GSS_REQUEST => First::Gss,
        CANCEL_REQUEST => First::Cancel {
            process: body.integer()?,
            secret: body.integer()?,
        },
        _ if code >> 16 == 3 => {
            let mut parameters = BTreeMap::new();
            loop {
                let name = body.text()?;
                if name.is_empty() {
                    break;
                }
                parameters.insert(name, body.text()?);
            }
            First::Startup {
                minor: (code & 0xffff) as u16,
                parameters,
            }
        }
        _ => {
            let (major, minor) = (code >> 16, code & 0xffff);
            return Err(SqlError::fatal(
                "0A000",
                format!(
                    "unsupported frontend protocol {major}.{minor}: server supports 3.0 to 3.0"
                ),
            ));
        }
    }))
}

/// Takes the next message off the buffer.
pub(crate) fn next(buffer: &mut BytesMut) -> Result<Option<Message>, SqlError> {
    let Some(&kind) = buffer.first() else {
        return Ok(None);
    };
    let Some(mut body) = body(buffer, 1, MESSAGE_BYTES_MOST)? else {
        return Ok(None);
    };
    let message = match kind {
        b'p' => return Ok(Some(Message::Password(body.rest))),
        b'Q' => Message::Query(body.text()?),
        b'P' => Message::Parse {
            name: body.text()?,
            query: body.text()?,
            types: body.several(|body| Ok(body.integer()? as u32))?,
        },
        b'B' => Message::Bind {
            portal: body.text()?,
            statement: body.text()?,
            formats: body.several(Body::small)?,
            values: body.several(|body| match usize::try_from(body.integer()?) {
                Ok(length) => Ok(Some(body.bytes(length)?)),
                Err(_) => Ok(None),
            })?,
            result_formats: body.several(Body::small)?,
        },
        b'D' => Message::Describe(body.target()?),
        b'C' => Message::Close(body.target()?),
        b'E' => Message::Execute {
            portal: body.text()?,
            rows_most: body.integer()?,
        },
        b'H' => Message::Flush,
        b'S' => Message::Sync,
        b'X' => Message::Terminate,
        b'd' | b'c' | b'f' => return Ok(Some(Message::Copy)),
        _ => {
            return Err(SqlError::protocol(format!(
                "invalid frontend message type {kind}"
            )));
        }
    };
    if body.rest.is_empty() {
        Ok(Some(message))
    } else {
        Err(SqlError::protocol("invalid message format"))
    }
}

/// The body of a complete message, which leaves the buffer.
fn body(buffer: &mut BytesMut, offset: usize, most: usize) -> Result<Option<Body>, SqlError> {
    let Some(length) = buffer
        .get(offset..offset + 4)
        .and_then(|bytes| bytes.try_into().ok())
        .map(i32::from_be_bytes)
    else {
        return Ok(None);
    };
    let length = usize::try_from(length)
        .ok()
        .filter(|length| (4..=most).contains(length))
        .ok_or_else(|| SqlError::protocol("invalid message length"))?;
    if buffer.len() < offset + length {
        return Ok(None);
    }
    let mut message = buffer.split_to(offset + length);
    message.advance(offset + 4);
    Ok(Some(Body {
        rest: message.to_vec(),
    }))
}

/// What is left of a message.
struct Body {
    rest: Vec<u8>,
}

impl Body {
    fn bytes(&mut self, length: usize) -> Result<Vec<u8>, SqlError> {
        if length > self.rest.len() {
            return Err(SqlError::protocol("insufficient data left in message"));
        }
        let after = self.rest.split_off(length);
        Ok(std::mem::replace(&mut self.rest, after))
    }

    fn integer(&mut self) -> Result<i32, SqlError> {
        let bytes = self.bytes(4)?;
        Ok(bytes.try_into().map(i32::from_be_bytes).unwrap_or_default())
    }

    fn small(&mut self) -> Result<i16, SqlError> {
        let bytes = self.bytes(2)?;
        Ok(bytes.try_into().map(i16::from_be_bytes).unwrap_or_default())
    }

    /// A text that ends with a zero byte.
    fn text(&mut self) -> Result<String, SqlError> {
        let length = self
            .rest
            .iter()
            .position(|byte| *byte == 0)
            .ok_or_else(|| SqlError::protocol("invalid string in message"))?;
        let text = self.bytes(length)?;
        self.bytes(1)?;
        String::from_utf8(text)
            .map_err(|_| SqlError::fatal("22021", "invalid byte sequence for encoding \"UTF8\""))
    }

    /// A count, and as many of something.
    fn several<T>(
        &mut self,
        one: impl Fn(&mut Self) -> Result<T, SqlError>,
    ) -> Result<Vec<T>, SqlError> {
        let count = self.small()? as u16;
        (0..count).map(|_| one(self)).collect()
    }

    fn target(&mut self) -> Result<Target, SqlError> {
        let kind = self.bytes(1)?;
        let name = self.text()?;
        match kind.first() {
            Some(b'S') => Ok(Target::Statement(name)),
            Some(b'P') => Ok(Target::Portal(name)),
            _ => Err(SqlError::protocol(
                "invalid DESCRIBE or CLOSE message subtype",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    fn framed(kind: u8, body: &[u8]) -> BytesMut {
        let mut buffer = BytesMut::new();
        buffer.extend_from_slice(&[kind]);
        buffer.extend_from_slice(&(body.len() as i32 + 4).to_be_bytes());
        buffer.extend_from_slice(body);
        buffer
    }

    #[test]
    fn a_message_is_taken_only_when_it_is_complete() {
        let whole = framed(b'Q', b"select 1\0");
        for length in 0..whole.len() {
            let mut part = BytesMut::from(&whole[..length]);
            assert_eq!(next(&mut part).unwrap(), None, "{length}");
            assert_eq!(part.len(), length);
        }
        let mut two = whole.clone();
        two.extend_from_slice(&whole);
        let query = Some(Message::Query("select 1".to_owned()));
        assert_eq!(next(&mut two).unwrap(), query);
        assert_eq!(next(&mut two).unwrap(), query);
        assert!(two.is_empty());
    }

    #[test]
    fn a_startup_message_tells_its_parameters() {
        let mut buffer = BytesMut::new();
        let body = b"\0\x03\0\0user\0app\0database\0orders\0\0";
        buffer.extend_from_slice(&(body.len() as i32 + 4).to_be_bytes());
        buffer.extend_from_slice(body);
        let parameters = [("user", "app"), ("database", "orders")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            first(&mut buffer).unwrap(),
            Some(First::Startup {
                minor: 0,
                parameters: parameters.into()
            })
        );
    }

    #[test]
    fn whatever_arrives_is_a_message_or_a_protocol_error() {
        // Every kind with bodies that are cut short, and lengths that lie.
        let bind = b"p\0s\0\0\x01\0\x01\0\x01\0\0\0\x02ab\0\0";
        for kind in 0..=u8::MAX {
            for length in 0..bind.len() {
                let _ = next(&mut framed(kind, &bind[..length]));
            }
            for length in [i32::MIN, -1, 0, 3, i32::MAX] {
                let mut buffer = framed(kind, b"");
                buffer[1..].copy_from_slice(&length.to_be_bytes());
                assert_eq!(
                    next(&mut buffer).unwrap_err().code,
                    "08P01",
                    "{kind} {length}"
                );
            }
        }
        let error = next(&mut framed(b'P', b"name only\0")).unwrap_err();
        assert_eq!(error.message, "invalid string in message");
        let error = next(&mut framed(b'Q', b"\xff\0")).unwrap_err();
        assert_eq!(error.code, "22021");
        assert!(matches!(
            next(&mut framed(b'B', bind)).unwrap(),
            Some(Message::Bind { .. })
        ));
    }
}
