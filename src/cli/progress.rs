//! A bar on standard error, where somebody looks on.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// `None` where nobody does. It goes away when dropped.
pub fn bar() -> Option<impl Fn(usize, usize) + Send + Sync> {
    if !stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::new(0).with_finish(ProgressFinish::AndClear);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}  {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    Some(move |done: usize, total: usize| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    })
}
