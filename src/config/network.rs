//! Where requests come from: the networks of the proxies in front, and how they tell for whom they ask.

use serde::{Deserialize, Deserializer};

use crate::domain::network::{Network, NetworkError};

/// A network as it stands in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedNetwork(pub Network);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    XForwardedFor,
    Forwarded,
}

impl<'de> Deserialize<'de> for TrustedNetwork {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let network = text.parse().map_err(serde::de::Error::custom)?;
        Ok(TrustedNetwork(network))
    }
}

/// Of an environment variable: networks with commas between them.
pub(super) fn list(text: &str) -> Result<Vec<TrustedNetwork>, NetworkError> {
    let parts = text.split(',').map(str::trim).filter(|it| !it.is_empty());
    parts.map(|it| it.parse().map(TrustedNetwork)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_listed_with_commas() {
        let parsed = list("127.0.0.1, 10.1.0.0/16").unwrap();
        assert_eq!(parsed.len(), 2);
        assert_eq!(list(""), Ok(Vec::new()));
        assert_eq!(list("10.1.0.0/16, proxy"), Err(NetworkError));
    }
}
