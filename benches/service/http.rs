//! A keep-alive HTTP/1.1 client that costs next to nothing, so that the generator's core is never what is
//! measured: no pool, no redirects, no decompression. An answer of the service has a `Content-Length` or no body;
//! peers may send it in chunks.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::rc::Rc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Outcome;

/// A request to be sent.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method.
    pub method: &'static str,
    /// Path with query.
    pub path: String,
    /// Bearer token.
    pub token: Option<Rc<str>>,
    /// Further header fields.
    pub fields: Vec<(&'static str, String)>,
    /// JSON body.
    pub body: Option<String>,
}

impl Request {
    /// A GET.
    pub fn get(path: String, token: &Rc<str>) -> Self {
        Self {
            method: "GET",
            path,
            token: Some(Rc::clone(token)),
            fields: Vec::new(),
            body: None,
        }
    }

    /// A GET that needs no token.
    pub const fn public(path: String) -> Self {
        Self {
            method: "GET",
            path,
            token: None,
            fields: Vec::new(),
            body: None,
        }
    }

    /// A change with a JSON body.
    pub fn change(method: &'static str, path: String, token: &Rc<str>, body: String) -> Self {
        Self {
            method,
            path,
            token: Some(Rc::clone(token)),
            fields: Vec::new(),
            body: Some(body),
        }
    }

    /// Adds a header field.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.fields.push((name, value));
        self
    }

    /// As it goes over the line.
    pub fn bytes(&self) -> Outcome<Vec<u8>> {
        let mut text = String::with_capacity(1024);
        write!(text, "{} {} HTTP/1.1\r\nhost: bench\r\n", self.method, self.path)?;
        if let Some(token) = &self.token {
            write!(text, "authorization: Bearer {token}\r\n")?;
        }
        for (name, value) in &self.fields {
            write!(text, "{name}: {value}\r\n")?;
        }
        match &self.body {
            Some(body) => write!(
                text,
                "content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )?,
            None => text.push_str("\r\n"),
        }
        Ok(text.into_bytes())
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    head: String,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header field; the service writes names in lower case.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body as JSON.
    pub fn json(&self) -> Outcome<serde_json::Value> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// One connection.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    /// Sends a request and reads its answer.
    pub async fn send(&mut self, request: &Request) -> Outcome<Answer> {
        self.stream.write_all(&request.bytes()?).await?;
        self.buffer.clear();
        let end = loop {
            let seen = self.buffer.len().saturating_sub(3);
            self.more().await?;
            if let Some(at) = self.buffer[seen..]
                .windows(4)
                .position(|four| four == b"\r\n\r\n")
            {
                break seen + at + 4;
            }
        };
        let head = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
        let mut answer = Answer {
            status: head.get(9..12).unwrap_or_default().parse()?,
            head,
            body: Vec::new(),
        };
        let length = match answer.field("content-length") {
            Some(length) => length.parse()?,
            None if matches!(answer.status, 204 | 304) => 0,
            None if answer.field("transfer-encoding") == Some("chunked") => {
                answer.body = self.chunks(end).await?;
                return Ok(answer);
            }
            None => return Err("an answer without content-length".into()),
        };
        while self.buffer.len() < end + length {
            self.more().await?;
        }
        answer.body = self.buffer[end..end + length].to_vec();
        Ok(answer)
    }

    /// A body in chunks, without trailers, that begins at `at`.
    async fn chunks(&mut self, mut at: usize) -> Outcome<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = loop {
                let rest = &self.buffer[at..];
                if let Some(line) = rest.windows(2).position(|two| two == b"\r\n") {
                    break line;
                }
                self.more().await?;
            };
            let length = std::str::from_utf8(&self.buffer[at..at + line])?;
            let length = usize::from_str_radix(length.trim(), 16)?;
            let from = at + line + 2;
            at = from + length + 2;
            while self.buffer.len() < at {
                self.more().await?;
            }
            if length == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&self.buffer[from..from + length]);
        }
    }

    async fn more(&mut self) -> Outcome<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err("the service closed the connection".into());
        }
        Ok(())
    }
}
