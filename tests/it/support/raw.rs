//! A connection of bytes, for what no client library sends.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// An open connection to a service.
pub struct Line {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// An answer as it came.
#[derive(Debug)]
pub struct RawReply {
    /// Status code.
    pub status: u16,
    /// Status line and fields, in lower case.
    pub head: String,
    /// Body as JSON; null when there is none.
    pub json: Value,
}

impl RawReply {
    /// A field of the answer.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// Fails unless it is this refusal.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!(
            (self.status, &self.json["code"]),
            (status, &Value::from(code)),
            "{self:?}"
        );
        assert_eq!(
            self.field("content-type"),
            Some("application/problem+json; charset=utf-8")
        );
        self
    }
}

impl Line {
    /// Connects to the service at `http://host:port`.
    pub fn open(base: &str) -> Self {
        let stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).unwrap();
        // A service that hangs fails the test instead of holding it.
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            unread: Vec::new(),
        }
    }

    /// Sends bytes; a connection that was closed meanwhile takes none.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// The next answer.
    #[track_caller]
    pub fn reply(&mut self) -> RawReply {
        let end = loop {
            if let Some(at) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.read(), "closed without an answer");
        };
        let head: Vec<u8> = self.unread.drain(..end).collect();
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let mut reply = RawReply {
            status: head[9..12].parse().unwrap(),
            head,
            json: Value::Null,
        };
        let length = reply
            .field("content-length")
            .map_or(0, |text| text.parse().unwrap());
        while self.unread.len() < length {
            assert!(self.read(), "closed within an answer");
        }
        let body: Vec<u8> = self.unread.drain(..length).collect();
        reply.json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        reply
    }

    /// Everything until the service closes the connection.
    pub fn rest(&mut self) -> Vec<u8> {
        while self.read() {}
        std::mem::take(&mut self.unread)
    }

    /// Whether anything comes within a time; for showing that nothing does.
    pub fn hears(&mut self, within: Duration) -> bool {
        self.stream.set_read_timeout(Some(within)).unwrap();
        let mut byte = [0];
        let heard = self.stream.peek(&mut byte).is_ok();
        self.stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        heard
    }

    fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        match self.stream.read(&mut bytes) {
            Ok(count) => {
                self.unread.extend_from_slice(&bytes[..count]);
                count > 0
            }
            // What it had not read when it closed comes back as a reset.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => false,
            Err(error) => panic!(
                "still open ({error}) after {:?}",
                String::from_utf8_lossy(&self.unread)
            ),
        }
    }
}
