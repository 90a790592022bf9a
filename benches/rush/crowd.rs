//! People who come at a constant rate whatever the service does, each on its own way: whoever is refused waits as
//! long as `Retry-After` says and asks the same again, until it is enough.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use thidua::domain::ids::SubmissionId;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::Outcome;
use crate::http::{Answer, Client, Request};
use crate::tally::{Tally, add};
use crate::visits::{Class, Visit, Visits};

/// Most connections at once, as a proxy in front of the service has so many: more than the service lets wait. Whoever
/// finds none free waits for one, and that counts as the service's time.
const CONNECTIONS: usize = 2_000;
/// Most people at once, those who wait to come again among them.
const UNDER_WAY: u64 = 250_000;
/// The service answers within its patience of 10 s and its work of 30 s, or never.
const SILENT: Duration = Duration::from_secs(45);
/// Before somebody asks again whose connection ended.
const AGAIN: Duration = Duration::from_millis(200);
/// How long people may be on their way when nobody comes any more.
const LEAVING: Duration = Duration::from_mins(5);
/// Of so many hand-ins one is asked for again after its answer, and one loses its first answer.
const ODD: u64 = 10;

/// A hand-in that the client knows of.
pub struct Acknowledged {
    /// The dossier.
    pub id: SubmissionId,
    /// Code of the receipt.
    pub code: String,
    /// Its digest.
    pub digest: String,
}

/// How the people of a crowd are.
#[derive(Clone, Copy)]
pub struct Habits {
    /// Whether they come again.
    pub again: bool,
    /// Whether some lose an answer, or ask twice.
    pub odd: bool,
    /// Whether a connection that ends without an answer is a fault.
    pub unbroken: bool,
}

/// A crowd.
pub struct Crowd {
    address: SocketAddr,
    visits: Rc<Visits>,
    habits: Habits,
    idle: RefCell<Vec<Client>>,
    connections: Semaphore,
    under_way: Cell<u64>,
    /// What became of them.
    pub tally: Tally,
    /// The hand-ins that were acknowledged.
    pub acknowledged: RefCell<Vec<Acknowledged>>,
}

impl Crowd {
    /// People on their way to an address.
    pub fn new(address: SocketAddr, visits: &Rc<Visits>, habits: Habits) -> Rc<Self> {
        Rc::new(Self {
            address,
            visits: Rc::clone(visits),
            habits,
            idle: RefCell::default(),
            connections: Semaphore::new(CONNECTIONS),
            under_way: Cell::new(0),
            tally: Tally::new(),
            acknowledged: RefCell::default(),
        })
    }

    /// They come at a rate for a time, or until `enough`; answers how long it took.
    pub async fn come(self: &Rc<Self>, rate: f64, time: Duration, enough: &Cell<bool>) -> f64 {
        let (began, mut number) = (Instant::now(), 0_u64);
        while began.elapsed() < time && !enough.get() {
            let due = began + Duration::from_secs_f64(number as f64 / rate);
            let now = Instant::now();
            if due > now {
                tokio::time::sleep(due - now).await;
                continue;
            }
            number += 1;
            self.tally.late.add(now - due);
            if self.under_way.get() >= UNDER_WAY {
                add(&self.tally.not_made);
            } else if let Some(visit) = self.visits.next() {
                let (crowd, guest) = (Rc::clone(self), Guest::new(self));
                tokio::task::spawn_local(async move {
                    crowd.visit(visit, due).await;
                    drop(guest);
                });
            }
            if number.is_multiple_of(16) {
                tokio::task::yield_now().await;
            }
        }
        began.elapsed().as_secs_f64()
    }

    /// So many come one after the other without a pause, for a time.
    pub async fn press(self: &Rc<Self>, people: usize, time: Duration) -> f64 {
        let began = Instant::now();
        futures_util::future::join_all((0..people).map(async |_| {
            while began.elapsed() < time {
                let Some(visit) = self.visits.next() else { return };
                self.visit(visit, Instant::now()).await;
            }
        }))
        .await;
        began.elapsed().as_secs_f64()
    }

    /// Waits until everybody has what he wanted, or gave up.
    pub async fn leave(&self) {
        let began = Instant::now();
        while self.under_way.get() > 0 {
            if began.elapsed() > LEAVING {
                self.tally
                    .fault(format!("{} visits found no end", self.under_way.get()));
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn visit(&self, visit: Visit, due: Instant) {
        let of = self.tally.of(visit.class);
        add(&of.came);
        let most = if self.habits.again { visit.class.tries() } else { 1 };
        let odd = (visit.class == Class::HandIn && self.habits.odd).then_some(visit.number % ODD);
        if odd == Some(1) {
            self.lose(&visit.request).await;
            tokio::time::sleep(AGAIN).await;
        }
        for number in 1..=most {
            let began = if number == 1 { due } else { Instant::now() };
            let wait = match tokio::time::timeout(SILENT, self.ask(&visit.request)).await {
                Err(_) => {
                    self.tally.fault(format!("{} got no answer", visit.request.path));
                    return;
                }
                Ok(Err(error)) => {
                    add(&self.tally.broken);
                    if self.habits.unbroken {
                        self.tally.fault(format!("{}: {error}", visit.request.path));
                    }
                    AGAIN
                }
                Ok(Ok(answer)) if answer.status == 200 => {
                    of.accept(number, began.elapsed(), due.elapsed());
                    self.tally.took.add(began.elapsed());
                    self.remember(&visit, &answer);
                    if odd == Some(0) {
                        self.repeat(&visit, &answer).await;
                    }
                    return;
                }
                Ok(Ok(answer)) => {
                    let Some(wait) = self.later(&visit, &answer) else {
                        return;
                    };
                    add(&of.refused);
                    of.turned_away.add(began.elapsed());
                    wait
                }
            };
            if number < most {
                tokio::time::sleep(wait).await;
            }
        }
        add(&of.gave_up);
    }

    /// How long a refusal says to wait; other answers are faults.
    fn later(&self, visit: &Visit, answer: &Answer) -> Option<Duration> {
        let told = answer.field("retry-after").and_then(|text| text.parse().ok());
        // 409: the request whose answer was lost is still being worked at. 502: the balancer's, whose replica ended.
        let refusal = matches!(answer.status, 429 | 502 | 503 | 409);
        if let (true, Some(seconds)) = (refusal, told) {
            // Nobody's clock is that of the others.
            let apart = visit.number.wrapping_mul(7_919) % 1_000;
            return Some(Duration::from_secs(seconds) + Duration::from_millis(apart));
        }
        let body: String = String::from_utf8_lossy(&answer.body).chars().take(200).collect();
        let Request { method, path, .. } = &visit.request;
        self.tally
            .fault(format!("{method} {path}: {} {body}", answer.status));
        None
    }

    fn remember(&self, visit: &Visit, answer: &Answer) {
        let Some(id) = visit.dossier else { return };
        let receipt = answer.json().unwrap_or_default()["receipt"].clone();
        let text = |name: &str| receipt[name].as_str().unwrap_or_default().to_owned();
        self.acknowledged.borrow_mut().push(Acknowledged {
            id,
            code: text("code"),
            digest: text("digest"),
        });
    }

    /// Asks for the same again: the same answer, and nothing happens.
    async fn repeat(&self, visit: &Visit, first: &Answer) {
        for _ in 0..visit.class.tries() {
            let wait = match self.ask(&visit.request).await {
                Err(_) => AGAIN,
                Ok(again) if again.status == 200 => {
                    add(&self.tally.replayed);
                    let replayed = again.field("idempotency-replayed") == Some("true");
                    if !replayed || again.body != first.body {
                        self.tally
                            .fault(format!("{} was answered otherwise again", visit.request.path));
                    }
                    return;
                }
                Ok(again) => match self.later(visit, &again) {
                    Some(wait) => wait,
                    None => return,
                },
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Sends a request and goes away without its answer.
    async fn lose(&self, request: &Request) {
        if let (Ok(bytes), Ok(mut stream)) = (request.bytes(), TcpStream::connect(self.address).await) {
            let _lost = stream.write_all(&bytes).await;
        }
    }

    /// Asks on a connection that is kept. One that was closed while nobody used it is replaced, as every client does.
    async fn ask(&self, request: &Request) -> Outcome<Answer> {
        let since = Instant::now();
        let _connection = self.connections.acquire().await?;
        self.tally.queued.add(since.elapsed());
        let kept = self.idle.borrow_mut().pop();
        if let Some(mut client) = kept
            && let Ok(answer) = client.send(request).await
        {
            self.keep(client, &answer);
            return Ok(answer);
        }
        let mut client = Client::connect(self.address).await?;
        let answer = client.send(request).await?;
        self.keep(client, &answer);
        Ok(answer)
    }

    fn keep(&self, client: Client, answer: &Answer) {
        if answer.field("connection") != Some("close") {
            self.idle.borrow_mut().push(client);
        }
    }
}

/// Somebody on his way.
struct Guest(Rc<Crowd>);

impl Guest {
    fn new(crowd: &Rc<Crowd>) -> Self {
        crowd.under_way.set(crowd.under_way.get() + 1);
        Self(Rc::clone(crowd))
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.0.under_way.set(self.0.under_way.get() - 1);
    }
}
