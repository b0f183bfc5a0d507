//! Where a request really comes from. What a header says of it is believed only from a proxy that the configuration names:
//! anybody can write a header.

use std::net::{IpAddr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderName};

use crate::domain::network::Network;

/// Which header the proxies keep. The other one is a client's own invention and is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForwardedBy {
    #[default]
    XForwardedFor,
    /// RFC 7239.
    Forwarded,
}

/// The proxies that may say for whom they ask.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    pub trusted: Vec<Network>,
    pub header: ForwardedBy,
}

impl Proxies {
    pub fn trust(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|it| it.contains(address))
    }

    /// The nearest address that is no proxy of ours, read from the end: each proxy appends whom it heard.
    pub fn peer(&self, request: &HttpRequest) -> Option<IpAddr> {
        let near = request.peer_addr()?.ip().to_canonical();
        Some(self.behind(near, request.headers()))
    }

    fn behind(&self, near: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = near;
        if !self.trust(nearest) {
            return nearest;
        }
        let (name, read): (_, fn(&str) -> Option<IpAddr>) = match self.header {
            ForwardedBy::XForwardedFor => (HeaderName::from_static("x-forwarded-for"), address),
            ForwardedBy::Forwarded => (HeaderName::from_static("forwarded"), forwarded_for),
        };
        let lines: Vec<&str> = headers
            .get_all(name)
            .map(|line| line.to_str().unwrap_or_default())
            .collect();
        for element in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            // What cannot be read was written by whoever stands before the last proxy: that one is all we know.
            let Some(before) = read(element.trim()) else {
                break;
            };
            nearest = before;
            if !self.trust(nearest) {
                break;
            }
        }
        nearest
    }
}

/// `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let parsed = match text.parse::<SocketAddr>() {
        Ok(with_port) => Some(with_port.ip()),
        Err(_) => bare.unwrap_or(text).parse().ok(),
    };
    parsed.map(|it| it.to_canonical())
}

/// The `for` of one element of a `Forwarded` header.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for")
            .then(|| address(value.trim().trim_matches('"')))
            .flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn seen(header: ForwardedBy, peer: &str, lines: &[&str]) -> String {
        let proxies = Proxies {
            trusted: vec!["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()],
            header,
        };
        let mut headers = HeaderMap::new();
        for line in lines {
            for name in ["x-forwarded-for", "forwarded"] {
                let name = HeaderName::from_static(name);
                headers.append(name, HeaderValue::from_str(line).unwrap());
            }
        }
        let near: IpAddr = peer.parse().unwrap();
        proxies.behind(near.to_canonical(), &headers).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_says_for_whom_it_asks() {
        let x = |peer, lines: &[&str]| seen(ForwardedBy::XForwardedFor, peer, lines);
        assert_eq!(x("203.0.113.9", &["192.0.2.1"]), "203.0.113.9");
        assert_eq!(x("10.0.0.1", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(x("::ffff:10.0.0.1", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(x("::1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(x("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_a_client_wrote_before_the_proxies_is_not_read() {
        let x = |lines: &[&str]| seen(ForwardedBy::XForwardedFor, "10.0.0.1", lines);
        assert_eq!(x(&["1.1.1.1, 192.0.2.1"]), "192.0.2.1");
        assert_eq!(x(&["1.1.1.1", "192.0.2.1"]), "192.0.2.1");
        assert_eq!(x(&["1.1.1.1, 192.0.2.1, 10.0.0.2"]), "192.0.2.1");
        assert_eq!(x(&["1.1.1.1, lies, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(x(&["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
        assert_eq!(x(&["192.0.2.1:99"]), "192.0.2.1");
        assert_eq!(x(&["[2001:db8::7]:99"]), "2001:db8::7");
    }

    #[test]
    fn the_standard_header_is_read_where_it_is_the_one() {
        let f = |lines: &[&str]| seen(ForwardedBy::Forwarded, "10.0.0.1", lines);
        assert_eq!(f(&["for=192.0.2.1;proto=https"]), "192.0.2.1");
        assert_eq!(f(&["For=\"[2001:db8::7]:4711\""]), "2001:db8::7");
        assert_eq!(f(&["for=1.1.1.1, for=192.0.2.1;by=10.0.0.2"]), "192.0.2.1");
        assert_eq!(f(&["for=_hidden"]), "10.0.0.1");
        assert_eq!(f(&["192.0.2.1"]), "10.0.0.1");
    }
}
