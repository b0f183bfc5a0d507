//! Counts and times of requests for Prometheus, labelled by the route's pattern and never by what a client wrote.

use std::fmt;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::row::Row;

/// Upper bounds in seconds.
const BUCKETS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];
/// The first digit of a status.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

pub struct Metrics {
    registry: Registry,
    routes: Vec<RouteMetrics>,
}

/// Looked up once at start, so that counting takes no lock.
struct RouteMetrics {
    by_class: [Counter; 5],
    seconds: Histogram,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    method: &'static str,
    route: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClassLabels {
    method: &'static str,
    route: &'static str,
    status: &'static str,
}

/// A count that is kept elsewhere and read when it is asked for.
pub type Count = Box<dyn Fn() -> u64 + Send + Sync>;

struct Connections(Count);

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connections")
    }
}

impl Collector for Connections {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let count = ConstCounter::new((self.0)());
        let words = "Connections to the database opened since the start";
        let name = "database_connections_opened";
        let encoder = encoder.encode_descriptor(name, words, None, count.metric_type())?;
        count.encode(encoder)
    }
}

impl Metrics {
    pub fn new(table: &[Row], connections_opened: Count) -> Metrics {
        let requests = Family::<ClassLabels, Counter>::default();
        let seconds = Family::<Labels, Histogram>::new_with_constructor(|| Histogram::new(BUCKETS));
        let routes = table
            .iter()
            .map(|row| (row.method, row.path))
            .chain([("ANY", "unknown")]);
        let routes = routes
            .map(|(method, route)| RouteMetrics {
                by_class: CLASSES.map(|status| {
                    requests.get_or_create_owned(&ClassLabels {
                        method,
                        route,
                        status,
                    })
                }),
                seconds: seconds.get_or_create_owned(&Labels { method, route }),
            })
            .collect();
        let mut registry = Registry::with_prefix("sanku");
        registry.register("http_requests", "Requests answered", requests);
        registry.register(
            "http_request_duration_seconds",
            "Time from the request's head to the answer",
            seconds,
        );
        registry.register_collector(Box::new(Connections(connections_opened)));
        registry.register("build_info", "The program's version, always 1", version());
        Metrics { registry, routes }
    }

    /// `route` is the row's place in the table; one past its end stands for unknown routes.
    pub fn count(&self, route: usize, status: u16, took: Duration) {
        let Some(metrics) = self.routes.get(route) else {
            return;
        };
        let class = usize::from(status / 100).saturating_sub(1);
        if let Some(counter) = metrics.by_class.get(class) {
            counter.inc();
        }
        metrics.seconds.observe(took.as_secs_f64());
    }

    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

fn version() -> Family<VersionLabels, prometheus_client::metrics::gauge::Gauge> {
    let family = Family::<VersionLabels, prometheus_client::metrics::gauge::Gauge>::default();
    family
        .get_or_create_owned(&VersionLabels {
            version: env!("CARGO_PKG_VERSION"),
        })
        .set(1);
    family
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VersionLabels {
    version: &'static str,
}
