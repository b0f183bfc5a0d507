//! Ranges of network addresses (CIDR) from which an API client may come.

use std::fmt;
use std::net::IpAddr;

use super::field_error::Fault;

/// `203.0.113.0/24`, `2001:db8::/32`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRange {
    network: IpAddr,
    prefix: u8,
}

impl AddressRange {
    /// Bits beyond the prefix must be zero: whoever writes 203.0.113.7/24 means something else.
    pub fn parse(text: &str) -> Result<AddressRange, Fault> {
        const FORM: Fault = Fault::new("address.form");
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let network: IpAddr = address.parse().map_err(|_| FORM)?;
        let width = width(network);
        let prefix = match prefix {
            None => width,
            Some(digits) if digits.bytes().all(|it| it.is_ascii_digit()) => {
                digits.parse().map_err(|_| FORM)?
            }
            Some(_) => return Err(FORM),
        };
        if prefix > width || cut(bits(network), width, prefix) != bits(network) {
            return Err(FORM);
        }
        Ok(AddressRange { network, prefix })
    }

    /// An IPv4 address in the clothes of IPv6 is taken for what it is.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let width = width(address);
        width == self::width(self.network)
            && cut(bits(address), width, self.prefix) == bits(self.network)
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix)
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(it) => u128::from(it.to_bits()),
        IpAddr::V6(it) => it.to_bits(),
    }
}

/// The first `prefix` of `width` bits; the others are zero.
fn cut(bits: u128, width: u8, prefix: u8) -> u128 {
    let host = u32::from(width - prefix);
    bits.checked_shr(host)
        .and_then(|it| it.checked_shl(host))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(range: &str, address: &str) -> bool {
        AddressRange::parse(range)
            .unwrap()
            .contains(address.parse().unwrap())
    }

    #[test]
    fn a_range_holds_what_shares_its_prefix() {
        assert!(holds("203.0.113.0/24", "203.0.113.255"));
        assert!(!holds("203.0.113.0/24", "203.0.114.0"));
        assert!(holds("203.0.113.7", "203.0.113.7") && !holds("203.0.113.7", "203.0.113.8"));
        assert!(holds("0.0.0.0/0", "8.8.8.8") && !holds("0.0.0.0/0", "::1"));
        assert!(holds("2001:db8::/32", "2001:db8:1::5") && !holds("2001:db8::/32", "2001:db9::"));
        assert!(holds("::/0", "2001:db8::1") && !holds("::/0", "10.0.0.1"));
        assert!(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        let bad = [
            "",
            "203.0.113.0/33",
            "203.0.113.7/24",
            "203.0.113/24",
            "203.0.113.0/",
            "a/8",
            "::/129",
            "203.0.113.0/+4",
            "203.0.113.0/24/1",
            " 203.0.113.0/24",
            "203.0.113.0/999",
        ];
        for text in bad {
            assert!(AddressRange::parse(text).is_err(), "{text}");
        }
        let range = AddressRange::parse("10.1.0.0/16").unwrap();
        assert_eq!(range.to_string(), "10.1.0.0/16");
    }
}
