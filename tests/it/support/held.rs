//! Connections of the service that a test holds, so that requests wait for them.

use std::sync::mpsc;

use thidua::store::Conn;
use thidua::store::tx::Finish;

use super::world::World;

/// Takes the only connection of the readers until the sender is dropped.
pub async fn hold_readers(world: &World) -> (mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
    let (release, held) = mpsc::channel::<()>();
    let (begun, begins) = tokio::sync::oneshot::channel();
    let db = world.parts.app.db.clone();
    let holding = tokio::spawn(async move {
        db.read(move |_| {
            begun.send(()).unwrap();
            let _released = held.recv();
            Ok(())
        })
        .await
        .unwrap();
    });
    begins.await.unwrap();
    (release, holding)
}

/// Takes the only connection of the writers until the sender is dropped.
pub async fn hold_writers(world: &World) -> (mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
    hold_after(world, |_| Ok(())).await
}

/// Does something in a write, and stays in it until the sender is dropped.
pub async fn hold_after(
    world: &World,
    act: impl Fn(&mut Conn) -> diesel::QueryResult<()> + Send + 'static,
) -> (mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
    let (release, held) = mpsc::channel::<()>();
    let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
    let db = world.parts.app.db.clone();
    let holding = tokio::spawn(async move {
        db.write(move |conn| {
            act(conn)?;
            begun.send(()).unwrap();
            let _released = held.recv();
            Ok(((), Finish::Rollback))
        })
        .await
        .unwrap();
    });
    begins.recv().await.unwrap();
    (release, holding)
}

/// How many wait for the writers' connection.
pub fn waiting(world: &World) -> i64 {
    let pools = world.parts.app.db.load();
    let writer = pools.iter().find(|pool| pool.name == "writer").unwrap();
    writer.load.waiting.get()
}
