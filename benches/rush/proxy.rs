//! A balancer: asks the replicas in turn, takes one out while its `/readyz` is not 200, and goes on to the next only
//! where nobody takes the connection. What a replica began and did not answer is lost.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::Outcome;
use crate::http::{Client, Request};

/// How often replicas are asked whether they are ready.
const LOOK: Duration = Duration::from_millis(500);
/// How long a replica may take to say so: one that is slow is not taken out, as it would be with the others.
const PATIENCE: Duration = Duration::from_secs(3);

struct Replica {
    address: Cell<SocketAddr>,
    ready: Cell<bool>,
}

/// A running balancer.
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    replicas: Vec<Replica>,
    turn: Cell<usize>,
    /// Requests for which another replica was asked because the first took no connection.
    pub refused: Cell<u64>,
    tasks: RefCell<Vec<tokio::task::JoinHandle<()>>>,
}

impl Proxy {
    /// Listens on a free port in front of the replicas.
    pub async fn start(replicas: &[SocketAddr]) -> Outcome<Rc<Self>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let proxy = Rc::new(Self {
            address: listener.local_addr()?,
            replicas: replicas
                .iter()
                .map(|address| Replica {
                    address: Cell::new(*address),
                    ready: Cell::new(true),
                })
                .collect(),
            turn: Cell::new(0),
            refused: Cell::new(0),
            tasks: RefCell::default(),
        });
        let (accepting, looking) = (Rc::clone(&proxy), Rc::clone(&proxy));
        let accepting = tokio::task::spawn_local(async move {
            while let Ok((client, _)) = listener.accept().await {
                let proxy = Rc::clone(&accepting);
                tokio::task::spawn_local(async move {
                    // The client went away, or was told.
                    let _ended = proxy.serve(client).await;
                });
            }
        });
        let looking = tokio::task::spawn_local(async move {
            loop {
                let replicas = looking.replicas.iter();
                // At once: none of them delays what is learnt of the others.
                join_all(replicas.map(async |replica| {
                    let address = replica.address.get();
                    let ready = is_ready(address).await;
                    if replica.address.get() == address {
                        replica.ready.set(ready);
                    }
                }))
                .await;
                tokio::time::sleep(LOOK).await;
            }
        });
        proxy.tasks.borrow_mut().extend([accepting, looking]);
        Ok(proxy)
    }

    /// A replica was started anew.
    pub fn replace(&self, index: usize, address: SocketAddr) {
        self.replicas[index].address.set(address);
        self.replicas[index].ready.set(true);
    }

    /// Stops to listen.
    pub fn stop(&self) {
        for task in self.tasks.borrow_mut().drain(..) {
            task.abort();
        }
    }

    /// Serves one client; it keeps one connection to each replica that answered it.
    async fn serve(&self, mut client: TcpStream) -> Outcome<()> {
        client.set_nodelay(true)?;
        let mut kept: Vec<Option<(SocketAddr, TcpStream)>> = Vec::new();
        kept.resize_with(self.replicas.len(), || None);
        let mut buffer = Vec::with_capacity(16 * 1024);
        loop {
            buffer.clear();
            if !message(&mut client, &mut buffer).await? {
                return Ok(());
            }
            let Some((index, mut replica)) = self.choose(&mut kept).await else {
                client.write_all(&bad_gateway("no replica is ready")).await?;
                return Ok(());
            };
            let sent = replica.write_all(&buffer).await;
            buffer.clear();
            if sent.is_err() || !matches!(message(&mut replica, &mut buffer).await, Ok(true)) {
                client
                    .write_all(&bad_gateway("the replica gave no answer"))
                    .await?;
                return Ok(());
            }
            // How its connection to the replica goes on is no matter of the client.
            let (answer, closes) = without_close(&buffer);
            client.write_all(&answer).await?;
            if !closes {
                kept[index] = Some((self.replicas[index].address.get(), replica));
            }
        }
    }

    /// The next ready replica that takes the connection.
    async fn choose(&self, kept: &mut [Option<(SocketAddr, TcpStream)>]) -> Option<(usize, TcpStream)> {
        for _ in 0..self.replicas.len() {
            let index = self.turn.replace(self.turn.get() + 1) % self.replicas.len();
            let replica = &self.replicas[index];
            let address = replica.address.get();
            let connection = kept[index].take().filter(|(of, _)| *of == address);
            if !replica.ready.get() {
                continue;
            }
            // A connection that the replica has closed meanwhile is readable: its end.
            let alive = |stream: &TcpStream| {
                let nothing = stream.try_read(&mut [0; 1]);
                nothing.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
            };
            if let Some((_, stream)) = connection.filter(|(_, stream)| alive(stream)) {
                return Some((index, stream));
            }
            if let Ok(stream) = TcpStream::connect(address).await {
                let _slower = stream.set_nodelay(true);
                return Some((index, stream));
            }
            self.refused.set(self.refused.get() + 1);
        }
        None
    }
}

/// What a client gets when no replica answers.
fn bad_gateway(why: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 502 Bad Gateway\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{why}",
        why.len()
    )
    .into_bytes()
}

async fn is_ready(address: SocketAddr) -> bool {
    let ask = async {
        let mut client = Client::connect(address).await.ok()?;
        let answer = client.send(&Request::public("/readyz".to_owned())).await.ok()?;
        Some(answer.status == 200)
    };
    let answer = tokio::time::timeout(PATIENCE, ask).await;
    answer.ok().flatten().unwrap_or(false)
}

/// Reads a message whole, head and body; false when there is none.
async fn message(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Outcome<bool> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(false);
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
    let length: usize = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(Ok(0), |length| length.trim().parse())?;
    while buffer.len() < end + length {
        if stream.read_buf(buffer).await? == 0 {
            return Err("a message without its end".into());
        }
    }
    Ok(true)
}

/// The answer without `Connection: close`, and whether it had one.
fn without_close(answer: &[u8]) -> (Vec<u8>, bool) {
    const FIELD: &[u8] = b"connection: close\r\n";
    match answer.windows(FIELD.len()).position(|some| some == FIELD) {
        None => (answer.to_vec(), false),
        Some(at) => ([&answer[..at], &answer[at + FIELD.len()..]].concat(), true),
    }
}
