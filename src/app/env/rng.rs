//! Randomness fit for keys and tokens.

/// Randomness fit for keys and tokens.
pub trait Rng: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}
