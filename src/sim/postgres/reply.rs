//! What the server sends. In: messages. Out: their bytes, gathered until they are flushed.
//!
//! Source: PostgreSQL documentation, "Message Formats" (protocol 3.0).

use bytes::{BufMut, BytesMut};

use super::error::SqlError;
use super::value::Type;

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Type,
}

impl Column {
    pub(crate) fn new(name: impl Into<String>, kind: Type) -> Self {
        Self {
            name: name.into(),
            kind,
        }
    }
}

/// Bytes on their way to the client.
#[derive(Debug, Default)]
pub(crate) struct Replies {
    pub(crate) bytes: BytesMut,
}

impl Replies {
    fn message(&mut self, kind: u8, body: impl FnOnce(&mut BytesMut)) {
        self.bytes.put_u8(kind);
        let start = self.bytes.len();
        self.bytes.put_i32(0);
        body(&mut self.bytes);
        let length = (self.bytes.len() - start) as i32;
        if let Some(field) = self.bytes.get_mut(start..start + 4) {
            field.copy_from_slice(&length.to_be_bytes());
        }
    }

    /// The one byte that answers a wish for encryption.
    pub(crate) fn encryption(&mut self, granted: bool) {
        self.bytes.put_u8(if granted { b'S' } else { b'N' });
    }

    /// A step of authentication: its number and what belongs to it. 0 is success, 3 asks for the password as it is, 10 to 12 are
    /// SASL.
    pub(crate) fn authentication(&mut self, step: i32, data: &[u8]) {
        self.message(b'R', |body| {
            body.put_i32(step);
            body.put_slice(data);
        });
    }

    /// Protocol versions above 3.0 are not spoken here.
    pub(crate) fn negotiate_version(&mut self) {
        self.message(b'v', |body| {
            body.put_i32(3 << 16);
            body.put_i32(0);
        });
    }

    pub(crate) fn parameter(&mut self, name: &str, value: &str) {
        self.message(b'S', |body| {
            text(body, name);
            text(body, value);
        });
    }

    pub(crate) fn key(&mut self, process: i32, secret: i32) {
        self.message(b'K', |body| {
            body.put_i32(process);
            body.put_i32(secret);
        });
    }

    /// `I` idle, `T` in a transaction, `E` in a failed one.
    pub(crate) fn ready(&mut self, status: u8) {
        self.message(b'Z', |body| body.put_u8(status));
    }

    pub(crate) fn parsed(&mut self) {
        self.message(b'1', |_| {});
    }

    pub(crate) fn bound(&mut self) {
        self.message(b'2', |_| {});
    }

    pub(crate) fn closed(&mut self) {
        self.message(b'3', |_| {});
    }

    pub(crate) fn no_data(&mut self) {
        self.message(b'n', |_| {});
    }

    pub(crate) fn empty_query(&mut self) {
        self.message(b'I', |_| {});
    }

    pub(crate) fn suspended(&mut self) {
        self.message(b's', |_| {});
    }

    pub(crate) fn complete(&mut self, tag: &str) {
        self.message(b'C', |body| text(body, tag));
    }

    pub(crate) fn parameters(&mut self, types: &[u32]) {
        self.message(b't', |body| {
            body.put_u16(types.len() as u16);
            for kind in types {
                body.put_u32(*kind);
            }
        });
    }

    /// The columns of a result; one format for each, 1 is binary.
    pub(crate) fn columns(&mut self, columns: &[Column], format: impl Fn(usize) -> i16) {
        self.message(b'T', |body| {
            body.put_u16(columns.len() as u16);
            for (index, Column { name, kind }) in columns.iter().enumerate() {
                text(body, name);
                body.put_i32(0);
                body.put_i16(0);
                body.put_u32(kind.oid());
                body.put_i16(kind.size());
                body.put_i32(-1);
                body.put_i16(format(index));
            }
        });
    }

    /// A row of encoded values.
    pub(crate) fn row(&mut self, values: &[Option<Vec<u8>>]) {
        self.message(b'D', |body| {
            body.put_u16(values.len() as u16);
            for value in values {
                match value {
                    None => body.put_i32(-1),
                    Some(bytes) => {
                        body.put_i32(bytes.len() as i32);
                        body.put_slice(bytes);
                    }
                }
            }
        });
    }

    pub(crate) fn error(&mut self, error: &SqlError) {
        let SqlError {
            severity,
            code,
            message,
            detail,
            hint,
        } = error;
        self.fields(
            b'E',
            severity,
            code,
            message,
            detail.as_ref(),
            hint.as_ref(),
        );
    }

    /// A remark that changes nothing.
    pub(crate) fn notice(&mut self, severity: &str, code: &str, message: &str) {
        self.fields(b'N', severity, code, message, None, None);
    }

    fn fields(
        &mut self,
        kind: u8,
        severity: &str,
        code: &str,
        message: &str,
        detail: Option<&String>,
        hint: Option<&String>,
    ) {
        self.message(kind, |body| {
            let fields = [
                (b'S', Some(severity)),
                (b'V', Some(severity)),
                (b'C', Some(code)),
                (b'M', Some(message)),
                (b'D', detail.map(String::as_str)),
                (b'H', hint.map(String::as_str)),
            ];
            for (field, value) in fields {
                if let Some(value) = value {
                    body.put_u8(field);
                    text(body, value);
                }
            }
            body.put_u8(0);
        });
    }
}

/// A text and its end. A zero byte inside would end it early.
fn text(body: &mut BytesMut, value: &str) {
    body.extend(value.bytes().filter(|byte| *byte != 0));
    body.put_u8(0);
}
