//! How much one may ask of the service.

/// Limits, so that nobody takes the service from the others. 0 takes a limit away.
#[derive(Debug, Clone, confique::Config)]
pub struct Limits {
    /// Log-ins and token refreshes a minute from one address (IPv6: from one /64). They may all come at once.
    #[config(env = "SANKU_LOG_INS_PER_MINUTE", default = 300)]
    pub log_ins_per_minute: u32,

    /// Costly requests a minute of one account: imports, exports, assessments, simulations, runs of test cases.
    #[config(env = "SANKU_COSTLY_PER_MINUTE", default = 120)]
    pub costly_per_minute: u32,

    /// Requests a minute of one account that ask for its password again: another password, second factor, recovery codes.
    #[config(env = "SANKU_PASSWORDS_PER_MINUTE", default = 10)]
    pub passwords_per_minute: u32,

    /// All other requests a minute of one account, or from one address without one.
    #[config(env = "SANKU_REQUESTS_PER_MINUTE", default = 0)]
    pub requests_per_minute: u32,

    /// Seconds a request may take; what the database has not answered by then is ended.
    #[config(env = "SANKU_REQUEST_SECONDS", default = 30, validate(*request_seconds >= 1 && *request_seconds <= 3_600, "1 to 3600"))]
    pub request_seconds: u64,

    /// Seconds a costly request may take before it goes on in the background or ends.
    #[config(env = "SANKU_COSTLY_SECONDS", default = 600, validate(*costly_seconds >= 1 && *costly_seconds <= 3_600, "1 to 3600"))]
    pub costly_seconds: u64,

    /// Requests that wait for the database or work with it; who comes when there are so many is told to come again.
    #[config(env = "SANKU_REQUESTS_AT_ONCE", default = 2048, validate(*requests_at_once >= 1, "at least 1"))]
    pub requests_at_once: usize,

    /// Open connections, and how many of them from one address that is no trusted proxy. One more is closed at once.
    #[config(env = "SANKU_CONNECTIONS", default = 4096, validate(*connections >= 1, "at least 1"))]
    pub connections: usize,

    #[config(env = "SANKU_CONNECTIONS_PER_ADDRESS", default = 1024, validate(*connections_per_address >= 1, "at least 1"))]
    pub connections_per_address: usize,
}
