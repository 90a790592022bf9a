//! Connections that are held: many that hardly send anything (NET-03), many with the largest body (OVL-05).

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::crowd::{Crowd, Habits};
use crate::data::world::Persona;
use crate::stage::{Memory, Stage};
use crate::tally::{Report, add};
use crate::{Outcome, process};

const HABITS: Habits = Habits {
    again: false,
    odd: false,
    unbroken: true,
};
/// The largest JSON body (LIM-01).
const MOST_BODY_BYTES: usize = 1024 * 1024;
/// A byte of a slow connection comes so often.
const DRIP: Duration = Duration::from_secs(1);
/// Until every connection has sent its body, and until it has its answer.
const SENT: Duration = Duration::from_mins(1);

/// Half of the connections never end their head, half never their body, while others go on as usual.
pub async fn slow(stage: &Stage<'_>, report: &mut Report) -> Outcome<()> {
    let service = stage.service(&[]).await?;
    let visits = stage.visits(false);
    let (time, rate) = (stage.wanted.at_most(20.0), stage.wanted.normal / 2.0);
    let usual = Crowd::new(service.address, &visits, HABITS);
    usual
        .come(rate, stage.wanted.at_most(3.0), &Cell::new(false))
        .await;
    usual.leave().await;
    let usual = Crowd::new(service.address, &visits, HABITS);
    usual.come(rate, time, &Cell::new(false)).await;
    usual.leave().await;

    let memory = Memory::of(service.pid());
    let token = stage.tokens.get(&Persona::Head(0, 0)).ok_or("no token")?;
    let head: Rc<str> = Rc::from("GET /v1/me HTTP/1.1\r\nhost: drill\r\nx-slow: ");
    let body: Rc<str> = Rc::from(format!("{}content-length: 1000\r\n\r\n{{", post_head(token)));
    let (held, opened) = (Rc::new(Cell::new(0_u64)), Rc::new(Cell::new(0_u64)));
    let mut tasks = Vec::new();
    for number in 0..stage.wanted.connections {
        let begin = Rc::clone(if number % 2 == 0 { &head } else { &body });
        let (held, opened) = (Rc::clone(&held), Rc::clone(&opened));
        tasks.push(tokio::task::spawn_local(drip(
            service.address,
            begin,
            held,
            opened,
        )));
    }
    let began = Instant::now();
    while held.get() < stage.wanted.connections as u64 && began.elapsed() < Duration::from_secs(10) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let at_first = held.get();
    let meanwhile = Crowd::new(service.address, &visits, HABITS);
    meanwhile.come(rate, time, &Cell::new(false)).await;
    meanwhile.leave().await;
    report.line(format!(
        "{at_first} slow connections held ({} opened in all), {rate:.0} requests a second beside them for {:.0} s",
        opened.get(),
        time.as_secs_f64()
    ));
    for task in tasks {
        task.abort();
    }
    meanwhile.tally.tell(report);
    usual.tally.tell_faults(report);
    let (before, now) = (usual.tally.took.millis(0.99), meanwhile.tally.took.millis(0.99));
    report.goal(
        now <= before * 1.5,
        format!("p99 {before:.1} to {now:.1} ms, {:.2} times (1.5)", now / before),
    );
    let none = meanwhile.tally.sum(|of| &of.gave_up);
    if none > 0 {
        report.fault(&format!("{none} requests were refused beside slow connections"));
    }
    report.line(format!("memory {:.0} to {:.0} MiB", memory.before, memory.most()));
    report.figure("p99_ms", json!([before, now]));
    stage.settle(&[], report).await
}

/// Keeps a connection as slow as it can; opens another one whenever it is closed.
async fn drip(address: SocketAddr, begin: Rc<str>, held: Rc<Cell<u64>>, opened: Rc<Cell<u64>>) {
    loop {
        if let Ok(mut stream) = TcpStream::connect(address).await
            && stream.write_all(begin.as_bytes()).await.is_ok()
        {
            add(&held);
            add(&opened);
            let mut answer = [0; 512];
            loop {
                match tokio::time::timeout(DRIP, stream.read(&mut answer)).await {
                    // Nothing said yet: one more byte.
                    Err(_) if stream.write_all(b" ").await.is_ok() => {}
                    // Answered in parts, until the end.
                    Ok(Ok(read)) if read > 0 => {}
                    _ => break,
                }
            }
            held.set(held.get() - 1);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Every connection sends the largest body but for its last byte; then all end at once.
pub async fn bodies(stage: &Stage<'_>, report: &mut Report) -> Outcome<()> {
    let mut service = stage.service(&[]).await?;
    let token = stage.tokens.get(&Persona::Head(0, 0)).ok_or("no token")?;
    let mut text = format!("{}content-length: {MOST_BODY_BYTES}\r\n\r\n", post_head(token)).into_bytes();
    let body = "{\"name\":\"".len() + "\"}".len();
    text.extend_from_slice(b"{\"name\":\"");
    text.resize(text.len() + MOST_BODY_BYTES - body, b'a');
    text.extend_from_slice(b"\"}");
    let text: Rc<[u8]> = Rc::from(text);
    let idle = process::memory(service.pid());
    let memory = Memory::of(service.pid());
    let (sent, end) = (Rc::new(Cell::new(0_u64)), Rc::new(tokio::sync::Notify::new()));
    let ends = Rc::new(Cell::new(false));
    let tasks: Vec<_> = (0..stage.wanted.connections)
        .map(|_| {
            let (address, text) = (service.address, Rc::clone(&text));
            let (sent, end, ends) = (Rc::clone(&sent), Rc::clone(&end), Rc::clone(&ends));
            tokio::task::spawn_local(async move {
                let answer = whole(address, &text, &sent, &end, &ends);
                let answer = tokio::time::timeout(SENT * 2, answer).await;
                answer
                    .unwrap_or_else(|_| Err("no answer".into()))
                    .map_err(|error| error.to_string())
            })
        })
        .collect();
    let began = Instant::now();
    let all = stage.wanted.connections as u64;
    while sent.get() < all && began.elapsed() < SENT {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (filled, held) = (began.elapsed().as_secs_f64(), sent.get());
    ends.set(true);
    end.notify_waiters();
    let mut answers = std::collections::BTreeMap::<String, u64>::new();
    for task in tasks {
        let answer = match task.await? {
            Ok((status, later)) => {
                let expected = (400..500).contains(&status) || (status == 503 && later);
                if !expected {
                    report.fault(&format!("a large body was answered with {status}"));
                }
                status.to_string()
            }
            // Closed on whoever still sends: the answer may be lost with the connection.
            Err(error) => error,
        };
        *answers.entry(answer).or_default() += 1;
    }
    if let Some(status) = service.ended()? {
        report.fault(&format!("the service ended: {status}"));
    }
    let most = memory.most();
    report.line(format!(
        "{all} connections with {MOST_BODY_BYTES} bytes each, {held} done with it after {filled:.1} s"
    ));
    report.line(format!("answers: {answers:?}"));
    let budget = BUDGET_MIB;
    report.goal(
        most <= budget,
        format!("memory {idle:.0} MiB before, {most:.0} MiB at most ({budget:.0})"),
    );
    let after = Crowd::new(service.address, &stage.visits(false), HABITS);
    after
        .come(
            stage.wanted.normal / 2.0,
            stage.wanted.at_most(3.0),
            &Cell::new(false),
        )
        .await;
    after.leave().await;
    report.line("and afterwards:".to_owned());
    after.tally.tell(report);
    report.figure("memory_mib", json!([idle, most]));
    stage.settle(&[], report).await
}

/// What the process may take: `limits.body_memory_mib`, twice as much for buffers that grow and for what the allocator
/// keeps, and a hundred for all else.
const BUDGET_MIB: f64 = 256.0 * 2.0 + 100.0;

/// Sends a request, its last byte only at the end of the wait, and reads the answer.
async fn whole(
    address: SocketAddr,
    text: &[u8],
    sent: &Cell<u64>,
    end: &tokio::sync::Notify,
    ends: &Cell<bool>,
) -> Outcome<(u16, bool)> {
    let mut stream = TcpStream::connect(address).await?;
    let (last, most) = text.split_last().ok_or("no body")?;
    let (mut reads, mut writes) = stream.split();
    let send = async {
        let done = writes.write_all(most).await;
        add(sent);
        done?;
        let notified = end.notified();
        if !ends.get() {
            notified.await;
        }
        writes.write_all(&[*last]).await
    };
    let mut answer = Vec::new();
    let read = async {
        loop {
            let read = reads.read_buf(&mut answer).await;
            if !matches!(read, Ok(read) if read > 0) || answer.windows(4).any(|four| four == b"\r\n\r\n") {
                return;
            }
        }
    };
    // Refused before the end of the body: whoever is told need not send the rest.
    tokio::pin!(send, read);
    tokio::select! {
        () = &mut read => {}
        _ = &mut send => read.await,
    }
    let head = String::from_utf8_lossy(&answer).into_owned();
    let status = head.get(9..12).ok_or("closed without an answer")?.parse()?;
    Ok((status, head.contains("retry-after:")))
}

fn post_head(token: &str) -> String {
    format!(
        "POST /v1/organizations HTTP/1.1\r\nhost: drill\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\n"
    )
}
