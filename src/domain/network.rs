//! Networks of addresses, as `192.0.2.0/24`, `2001:db8::/32` or one address.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// The addresses that share the first `bits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    base: IpAddr,
    bits: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a network of addresses, as 192.0.2.0/24, 2001:db8::/32 or 192.0.2.7")]
pub struct NetworkError;

impl Network {
    /// An address that IPv6 only wraps (`::ffff:192.0.2.7`) is the one inside.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits));
                (u32::from(base) ^ u32::from(address)) & mask.unwrap_or(0) == 0
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                (u128::from(base) ^ u128::from(address)) & mask(self.bits) == 0
            }
            _ => false,
        }
    }

    /// What one customer of a provider usually has: an IPv4 address, or an IPv6 network of 64 bits.
    pub fn of_one(address: IpAddr) -> Network {
        match address.to_canonical() {
            IpAddr::V4(base) => Network {
                base: base.into(),
                bits: 32,
            },
            IpAddr::V6(base) => Network {
                base: Ipv6Addr::from(u128::from(base) & mask(64)).into(),
                bits: 64,
            },
        }
    }
}

fn mask(bits: u8) -> u128 {
    u128::MAX
        .checked_shl(128 - u32::from(bits))
        .unwrap_or_default()
}

impl FromStr for Network {
    type Err = NetworkError;

    /// Bits beyond the prefix have to be zero: `192.0.2.7/24` is more likely a slip than a wish.
    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (base, bits) = match text.split_once('/') {
            Some((base, bits)) => (base, Some(bits)),
            None => (text, None),
        };
        let base: IpAddr = base.parse().map_err(|_| NetworkError)?;
        let widest = if base.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => widest,
            Some(bits) if bits.bytes().all(|b| b.is_ascii_digit()) => {
                bits.parse().map_err(|_| NetworkError)?
            }
            Some(_) => return Err(NetworkError),
        };
        let beyond = match base {
            _ if bits > widest => return Err(NetworkError),
            IpAddr::V4(base) => u32::from(base).checked_shl(u32::from(bits)).unwrap_or(0) != 0,
            IpAddr::V6(base) => u128::from(base).checked_shl(u32::from(bits)).unwrap_or(0) != 0,
        };
        if beyond {
            return Err(NetworkError);
        }
        Ok(Network { base, bits })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(network: &str, address: &str) -> bool {
        let network: Network = network.parse().unwrap();
        network.contains(address.parse().unwrap())
    }

    #[test]
    fn an_address_is_inside_or_not() {
        assert!(inside("192.0.2.0/24", "192.0.2.255"));
        assert!(!inside("192.0.2.0/24", "192.0.3.0"));
        assert!(inside("192.0.2.7", "192.0.2.7") && !inside("192.0.2.7", "192.0.2.6"));
        assert!(inside("0.0.0.0/0", "203.0.113.9") && !inside("0.0.0.0/0", "2001:db8::1"));
        assert!(inside("2001:db8::/32", "2001:db8:ffff::1"));
        assert!(!inside("2001:db8::/32", "2001:db9::1"));
        assert!(inside("::/0", "2001:db8::1"));
        assert!(inside("192.0.2.0/24", "::ffff:192.0.2.9"));
    }

    #[test]
    fn a_slip_is_no_network() {
        for text in [
            "",
            "x",
            "192.0.2.0/",
            "192.0.2.0/33",
            "192.0.2.7/24",
            "192.0.2.0/+8",
            "192.0.2/24",
            "2001:db8::/129",
            "2001:db8::1/64",
            " 192.0.2.0/24",
        ] {
            assert_eq!(text.parse::<Network>(), Err(NetworkError), "{text}");
        }
        for text in ["192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "::/0"] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn neighbours_of_a_customer_are_one() {
        let of = |text: &str| Network::of_one(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
    }
}
