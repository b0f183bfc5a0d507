//! Open connections: so many in all, so many from one address, and none that asks nothing for long.
//!
//! The web server itself cuts a connection whose first request does not come, and one that is idle between requests. It
//! waits for ever for the rest of a later request, and for a client that does not read its answer: those are cut here.

use std::collections::HashMap;
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_web::HttpRequest;

use super::peer::Proxies;

/// How many, and how long one may keep silent.
#[derive(Debug, Clone)]
pub struct Bounds {
    pub most: usize,
    pub most_from_one: usize,
    pub silence: Duration,
}

pub struct Connections {
    bounds: Bounds,
    proxies: Proxies,
    began: Instant,
    open: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    next: u64,
    by_id: HashMap<u64, Arc<Line>>,
    by_address: HashMap<IpAddr, usize>,
}

/// One connection, as far as it matters here.
struct Line {
    /// A second handle, so that it can be cut from here.
    stream: TcpStream,
    requests: AtomicUsize,
    /// Milliseconds after the beginning at which something was last done for it.
    active: AtomicU64,
}

/// Belongs to a connection; when it goes, the connection is gone.
pub struct Connection {
    all: Arc<Connections>,
    id: u64,
    address: IpAddr,
    line: Arc<Line>,
}

/// A request being served: its connection may be silent meanwhile.
pub struct Busy(Signs);

/// Signs of life, from whoever sends a long answer piece by piece.
pub struct Signs {
    all: Arc<Connections>,
    line: Arc<Line>,
}

impl Connections {
    pub fn new(bounds: Bounds, proxies: Proxies) -> Arc<Connections> {
        Arc::new(Connections {
            bounds,
            proxies,
            began: Instant::now(),
            open: Mutex::default(),
        })
    }

    /// Takes note of a new connection, or closes it where there are too many.
    pub fn opened(self: &Arc<Self>, stream: &impl AsFd, peer: SocketAddr) -> Option<Connection> {
        let stream: TcpStream = stream.as_fd().try_clone_to_owned().ok()?.into();
        let address = peer.ip().to_canonical();
        let mut table = self.table();
        let from_here = table.by_address.get(&address).copied().unwrap_or(0);
        let crowd = from_here >= self.bounds.most_from_one && !self.proxies.trust(address);
        if crowd || table.by_id.len() >= self.bounds.most {
            drop(table);
            // It may be gone already.
            let _ = stream.shutdown(Shutdown::Both);
            tracing::debug!("a connection too many was closed");
            return None;
        }
        let line = Arc::new(Line {
            stream,
            requests: AtomicUsize::new(0),
            active: AtomicU64::new(self.now()),
        });
        let id = table.next;
        table.next += 1;
        table.by_id.insert(id, line.clone());
        *table.by_address.entry(address).or_default() += 1;
        Some(Connection {
            all: self.clone(),
            id,
            address,
            line,
        })
    }

    /// Cuts what has been silent for too long; to be called now and then.
    pub fn sweep(&self) {
        let limit = self.bounds.silence.as_millis();
        let before = self.now();
        let table = self.table();
        let silent = |line: &&Arc<Line>| {
            let since = before.saturating_sub(line.active.load(Ordering::Acquire));
            line.requests.load(Ordering::Acquire) == 0 && u128::from(since) > limit
        };
        for line in table.by_id.values().filter(silent) {
            let _ = line.stream.shutdown(Shutdown::Both);
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut table = self.all.table();
        table.by_id.remove(&self.id);
        if let Some(count) = table.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                table.by_address.remove(&self.address);
            }
        }
    }
}

impl Busy {
    pub fn of(request: &HttpRequest) -> Option<Busy> {
        let signs = Signs::of(request)?;
        signs.line.requests.fetch_add(1, Ordering::AcqRel);
        Some(Busy(signs))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.goes_on();
        self.0.line.requests.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Signs {
    /// None outside of a server, as in tests.
    pub fn of(request: &HttpRequest) -> Option<Signs> {
        let connection = request.conn_data::<Connection>()?;
        Some(Signs {
            all: connection.all.clone(),
            line: connection.line.clone(),
        })
    }

    /// The client takes what it is sent.
    pub fn goes_on(&self) {
        self.line.active.store(self.all.now(), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::net::TcpListener;

    fn connections(most: usize, most_from_one: usize, trusted: &[&str]) -> Arc<Connections> {
        let bounds = Bounds {
            most,
            most_from_one,
            silence: Duration::ZERO,
        };
        let trusted = trusted.iter().map(|it| it.parse().unwrap()).collect();
        let proxies = Proxies {
            trusted,
            ..Proxies::default()
        };
        Connections::new(bounds, proxies)
    }

    /// Both ends of a connection over loopback.
    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (near, listener.accept().unwrap().0)
    }

    fn from(address: &str) -> SocketAddr {
        SocketAddr::new(address.parse().unwrap(), 1)
    }

    fn is_cut(near: &mut TcpStream) -> bool {
        near.set_read_timeout(Some(Duration::from_millis(50)))
            .unwrap();
        matches!(near.read(&mut [0]), Ok(0))
    }

    #[test]
    fn no_more_than_so_many_in_all_and_from_one_address() {
        let all = connections(3, 2, &[]);
        let (mut near, far) = pair();
        let open = |address: &str| all.opened(&far, from(address));
        let first = open("192.0.2.1").unwrap();
        let _second = open("192.0.2.1").unwrap();
        assert!(!is_cut(&mut near));
        assert!(open("::ffff:192.0.2.1").is_none());
        assert!(is_cut(&mut near));
        let _other = open("192.0.2.2").unwrap();
        assert!(open("192.0.2.3").is_none(), "three in all");
        drop(first);
        assert!(open("192.0.2.1").is_some());
    }

    #[test]
    fn a_proxy_brings_many() {
        let all = connections(9, 1, &["192.0.2.0/24"]);
        let (_near, far) = pair();
        let kept: Vec<_> = (0..9)
            .map(|_| all.opened(&far, from("192.0.2.1")))
            .collect();
        assert!(kept.iter().all(Option::is_some));
    }

    #[test]
    fn the_silent_are_cut_and_the_served_are_not() {
        let all = connections(9, 9, &[]);
        let (mut near, far) = pair();
        let connection = all.opened(&far, from("192.0.2.1")).unwrap();
        connection.line.requests.fetch_add(1, Ordering::AcqRel);
        let busy = Busy(Signs {
            all: all.clone(),
            line: connection.line.clone(),
        });
        std::thread::sleep(Duration::from_millis(5));
        all.sweep();
        assert!(!is_cut(&mut near));
        drop(busy);
        std::thread::sleep(Duration::from_millis(5));
        all.sweep();
        assert!(is_cut(&mut near));
        drop(connection);
        assert!(all.table().by_address.is_empty());
    }
}
