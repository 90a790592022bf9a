//! HAProxy with the configuration of `deploy/`.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use crate::service::{GENERATOR_CORE, free_address};
use crate::{Outcome, process};

/// Until the balancer has looked at its replicas.
const LOOKED: Duration = Duration::from_secs(3);

/// A running HAProxy, ended when it is dropped.
pub struct Balancer {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Balancer {
    /// In front of these two; none where HAProxy is not installed.
    pub async fn start(replicas: [SocketAddr; 2]) -> Outcome<Option<Self>> {
        let address = free_address()?;
        let child = Command::new("haproxy")
            .arg("-f")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/haproxy.cfg"))
            .env("THIDUA_LISTEN", address.to_string())
            .env("THIDUA_REPLICA_ONE", replicas[0].to_string())
            .env("THIDUA_REPLICA_TWO", replicas[1].to_string())
            .env("THIDUA_PROXY_METRICS", free_address()?.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let child = match child {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            child => child?,
        };
        process::pin(child.id(), GENERATOR_CORE);
        let began = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            if began.elapsed() > LOOKED {
                return Err("HAProxy does not listen".into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(LOOKED).await;
        Ok(Some(Self { child, address }))
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}
