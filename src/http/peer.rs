//! The true address of whoever asks: the far end of the connection, or what a trusted proxy says of it.

use std::net::IpAddr;

use actix_web::HttpRequest;

const FORWARDED: &str = "x-forwarded-for";

/// Proxies whose word about addresses is taken; everybody else could write there what he likes.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<IpAddr>);

impl Proxies {
    pub fn new(trusted: &[IpAddr]) -> Self {
        Proxies(trusted.iter().map(IpAddr::to_canonical).collect())
    }

    /// Each proxy writes behind what it was told the address it was called from. So the last one that is no proxy of
    /// ours is the truth; what stands before it came from outside.
    pub fn peer(&self, request: &HttpRequest) -> Option<IpAddr> {
        let near = request.peer_addr()?.ip().to_canonical();
        let told = request
            .headers()
            .get_all(FORWARDED)
            .map(|value| value.to_str().unwrap_or_default());
        Some(self.behind(near, told))
    }

    fn behind<'a>(&self, near: IpAddr, told: impl Iterator<Item = &'a str>) -> IpAddr {
        let mut peer = near;
        let hops: Vec<&str> = told.flat_map(|line| line.split(',')).collect();
        for hop in hops.into_iter().rev() {
            if !self.0.contains(&peer) {
                break;
            }
            match hop.trim().parse::<IpAddr>() {
                Ok(address) => peer = address.to_canonical(),
                // A proxy of ours writes addresses; what cannot be read came from outside.
                Err(_) => break,
            }
        }
        peer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(trusted: &[&str], near: &str, told: &[&str]) -> String {
        let trusted: Vec<IpAddr> = trusted.iter().map(|it| it.parse().unwrap()).collect();
        let proxies = Proxies::new(&trusted);
        let found = proxies.behind(near.parse().unwrap(), told.iter().copied());
        found.to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(peer(&[], "203.0.113.7", &["10.0.0.1"]), "203.0.113.7");
        let ours = ["127.0.0.1"];
        assert_eq!(peer(&ours, "127.0.0.1", &["198.51.100.9"]), "198.51.100.9");
        assert_eq!(peer(&ours, "203.0.113.7", &["198.51.100.9"]), "203.0.113.7");
        assert_eq!(peer(&ours, "127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn what_a_client_made_up_stands_before_what_the_proxy_saw() {
        let ours = ["127.0.0.1", "10.0.0.2"];
        for told in [
            &["1.1.1.1, 198.51.100.9"][..],
            &["1.1.1.1", "198.51.100.9"],
            &["nonsense, 198.51.100.9, 10.0.0.2"],
        ] {
            assert_eq!(peer(&ours, "127.0.0.1", told), "198.51.100.9", "{told:?}");
        }
        assert_eq!(
            peer(&ours, "127.0.0.1", &["1.1.1.1, nonsense"]),
            "127.0.0.1"
        );
    }

    #[test]
    fn one_address_has_one_name() {
        let proxies = Proxies::new(&["::ffff:127.0.0.1".parse().unwrap()]);
        let near: IpAddr = "127.0.0.1".parse().unwrap();
        let told = proxies.behind(near, ["::ffff:9.9.9.9"].into_iter());
        assert_eq!(told.to_string(), "9.9.9.9");
    }
}
