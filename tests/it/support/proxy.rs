//! A TCP proxy whose faults a test chooses: what lies between the service and its database, or between a
//! client and the service.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the proxy does with connections, those that are open among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Carries everything.
    Pass,
    /// Closes every connection at once.
    Refuse,
    /// Takes everything and carries nothing.
    Swallow,
    /// Carries questions, and closes instead of carrying the answer, for this many of a hundred answers.
    LoseAnswers(u8),
    /// Carries everything, each answer so much later.
    Delay(Duration),
}

/// The proxy; it ends with the runtime of its test.
pub struct Proxy {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    counted: Arc<Counted>,
}

/// What was carried.
#[derive(Default)]
struct Counted {
    asked: AtomicUsize,
    lost: AtomicUsize,
}

impl Proxy {
    /// Before the server of a database's URL, and the URL that leads through it, on which the service is as patient as
    /// it is by itself.
    pub async fn before_database(url: &str) -> (Self, String) {
        let (url, _) = url.split_once('?').unwrap_or((url, ""));
        let authority = url.split_once('@').unwrap().1.split_once('/').unwrap().0;
        let proxy = Self::before(authority.parse().unwrap()).await;
        let through = url.replace(authority, &proxy.address().to_string());
        (proxy, through)
    }

    /// Listens on a free port in front of `upstream`.
    pub async fn before(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mode, watched) = watch::channel(Mode::Pass);
        let counted = Arc::<Counted>::default();
        let count = Arc::clone(&counted);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, upstream, watched.clone(), Arc::clone(&count)));
            }
        });
        Self {
            address,
            mode,
            counted,
        }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes what happens from now on.
    pub fn set(&self, mode: Mode) {
        self.mode.send(mode).unwrap();
    }

    /// Pieces of questions that were carried so far.
    pub fn asked(&self) -> usize {
        self.counted.asked.load(Ordering::Relaxed)
    }

    /// Answers that were lost so far.
    pub fn lost(&self) -> usize {
        self.counted.lost.load(Ordering::Relaxed)
    }
}

async fn carry(
    mut client: TcpStream,
    upstream: SocketAddr,
    mut mode: watch::Receiver<Mode>,
    counted: Arc<Counted>,
) {
    if *mode.borrow() == Mode::Refuse {
        return;
    }
    let Ok(mut server) = TcpStream::connect(upstream).await else {
        return;
    };
    let (mut asked, mut answered) = (vec![0; 65536], vec![0; 65536]);
    loop {
        let now = *mode.borrow_and_update();
        match now {
            Mode::Refuse => return,
            Mode::Swallow => {
                // Nothing is read, so both ends wait, until the mode is another one.
                if mode.changed().await.is_err() {
                    return;
                }
                continue;
            }
            Mode::Pass | Mode::LoseAnswers(_) | Mode::Delay(_) => {}
        }
        tokio::select! {
            read = client.read(&mut asked) => match read {
                Ok(length @ 1..) if server.write_all(&asked[..length]).await.is_ok() => {
                    counted.asked.fetch_add(1, Ordering::Relaxed);
                }
                _ => return,
            },
            read = server.read(&mut answered) => match read {
                Ok(length @ 1..) => {
                    if let Mode::LoseAnswers(share) = now
                        && rand::random_range(0..100) < share
                    {
                        counted.lost.fetch_add(1, Ordering::Relaxed);
                        return;
                    }
                    if let Mode::Delay(time) = now {
                        tokio::time::sleep(time).await;
                    }
                    if client.write_all(&answered[..length]).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
            changed = mode.changed() => if changed.is_err() { return },
        }
    }
}
